"""API of moderation."""
