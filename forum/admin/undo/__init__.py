"""Undo what is in the log."""
