"""Alerts: notifying members of mentions, quotes, replies and reactions."""
