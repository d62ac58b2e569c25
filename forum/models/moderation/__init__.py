"""What moderators decide on, and what follows from it."""
