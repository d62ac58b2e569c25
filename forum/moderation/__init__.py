"""Keeping order: pin, lock, move, delete, undelete."""
