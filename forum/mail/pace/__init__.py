"""Which message is sent next, and what has to wait."""
