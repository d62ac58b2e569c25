"""The forum's tests: rules in rooms without HTTP, doors with a client, pages in a real browser."""
