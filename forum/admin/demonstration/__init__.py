"""The demonstration that a new forum is filled with: what belongs to it, and how it is emptied."""
