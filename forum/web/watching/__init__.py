"""Watching: choosing for a thread or a board, and the page of all that a member watches."""
