"""Infrastructure without forum logic: database, ephemeral store, rate limits, clock, settings, mail."""
