"""Posts and threads that wait for approval before they are public."""
