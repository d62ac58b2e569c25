"""What knows nothing of forums: database, ephemeral store, limits, clock, settings, mail."""
