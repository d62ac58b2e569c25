"""Moderation of threads: pin, lock, move, delete, undelete."""
