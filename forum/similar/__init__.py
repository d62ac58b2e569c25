"""Similar threads: threads on the same topic."""
