"""Merging threads and splitting posts off: threads get new positions, in one transaction."""
