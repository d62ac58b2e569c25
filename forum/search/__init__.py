"""Full-text search over posts and threads."""
