"""What jobs do with threads that have too many posts to be changed at once."""
