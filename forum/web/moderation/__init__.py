"""Moderators' pages and tools."""
