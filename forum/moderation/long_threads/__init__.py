"""Threads with too many posts to be changed at once: jobs merge and split them, in short transactions."""
