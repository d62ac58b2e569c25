"""Moderation: what members report, and what moderators decide."""
