"""Conversations, by form or as JSON."""
