"""Models of what moderators decide about."""
