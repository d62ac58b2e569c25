"""Pages of administration on which boards are made, changed, ordered and deleted."""
