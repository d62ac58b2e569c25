"""The search job: adds the terms of new replies to the index."""

from forum.search.index.reply_terms import index_new_replies

LEARN_EVERY = 2  # seconds

__all__ = ["LEARN_EVERY", "index_new_replies"]
