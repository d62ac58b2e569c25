"""Pages about bans of every kind, members' addresses, and those who apply to join."""
