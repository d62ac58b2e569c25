"""The tree of boards: what a reader sees of it and its counters."""
