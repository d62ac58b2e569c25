"""Models of members, their credentials and their sanctions."""
