"""Resources for moderators."""
