"""What the clock does for similar threads: learns what new ones mean, looks again at all when the forum has grown."""

from forum.similar.refresh_jobs import Learner, renew

LEARN_EVERY, RENEW_EVERY = 2, 5  # seconds

__all__ = ["LEARN_EVERY", "RENEW_EVERY", "Learner", "renew"]
