"""Moderation: what waits for approval, what members report, and what moderators decide."""
