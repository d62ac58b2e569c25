"""Presence: who is viewing threads and boards, and view counts."""
