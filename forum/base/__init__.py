"""What knows nothing of forums: clock, database, errors, markup, passwords, paths, settings, text."""
