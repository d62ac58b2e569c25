"""A mailbox on another server."""
