"""Reacting to posts, and what pages show of it."""
