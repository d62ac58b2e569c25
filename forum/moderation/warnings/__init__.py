"""Warnings of members, and what their points lead to."""
