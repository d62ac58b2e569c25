"""The caller's private conversations."""
