"""Private conversations of several members."""
