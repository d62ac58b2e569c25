"""Reactions to posts: giving, withdrawing and reading them."""
