"""Schemas of moderation."""
