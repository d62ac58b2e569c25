"""Private conversations: starting, answering and inviting, and how far each member has read."""
