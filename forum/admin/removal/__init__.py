"""Remove threads with all that is stored of them, in slices."""
