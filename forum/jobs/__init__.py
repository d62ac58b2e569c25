"""Background jobs: deferred and recurring work."""
