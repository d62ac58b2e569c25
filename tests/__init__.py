"""The forum's tests: rules without HTTP, interfaces with a test client, pages in a real browser."""
