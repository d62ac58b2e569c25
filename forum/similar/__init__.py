"""Threads that are about the same."""
