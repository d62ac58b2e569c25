"""Finding posts and threads by their words."""
