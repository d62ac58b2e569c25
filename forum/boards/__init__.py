"""The tree of boards that a reader sees, with counters and recent threads."""
