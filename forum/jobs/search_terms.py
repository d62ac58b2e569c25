"""What the clock does for search: the words of new replies become known."""

from forum.search.index.reply_terms import learn

LEARN_EVERY = 2  # seconds

__all__ = ["LEARN_EVERY", "learn"]
