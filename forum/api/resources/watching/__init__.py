"""Watching threads and boards."""
