"""Pages of private conversations."""
