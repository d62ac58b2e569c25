"""The similar-threads jobs: compute embeddings of new threads, and rank all threads again as the forum grows."""

from forum.similar.refresh_jobs import Learner, renew

LEARN_EVERY, RENEW_EVERY = 2, 5  # seconds

__all__ = ["LEARN_EVERY", "RENEW_EVERY", "Learner", "renew"]
