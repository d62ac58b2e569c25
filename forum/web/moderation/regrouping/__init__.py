"""Pages to merge threads and to split posts off, and how far that is for long threads."""
