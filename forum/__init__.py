"""A discussion forum for communities that talk in threads."""
