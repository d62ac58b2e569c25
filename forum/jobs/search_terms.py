"""What the clock does for search: the words of new replies become known."""

from forum.search.index.reply_terms import index_new_replies

LEARN_EVERY = 2  # seconds

__all__ = ["LEARN_EVERY", "index_new_replies"]
