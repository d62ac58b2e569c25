"""Threads and posts: writing, reading and listing them."""
