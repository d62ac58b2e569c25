"""Which decisions the filter learns from, and from which score on it holds a post."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from forum.spam.bayes import Counts
from forum.spam.features import has_links

HAM_PER_SPAM = 3  # learning all ham would drown the spam, which is rare
ENOUGH_HAM = 200  # learned in any case, so that the filter knows what the forum is about
MOST_SPAM = 3000  # the newest; spam changes, and a new process reads all of it
MOST_APPROVED = 1000  # the newest approved posts, whose scores set the threshold
FEWEST_APPROVED, FEWEST_SPAM = 200, 20  # with fewer decisions nothing is held
HELD_SHARE = 0.005  # of the approved posts, at most
FINE_SHARE = 0.95  # of the approved posts: those that look least like spam
FEWEST_COMPARED = 20  # approved posts with links, or without, before such a post is called fine
NEVER = float("inf")


class Limits(NamedTuple):
    """A post is held if its score is above `held`, and fine if it is at most `fine`, or `fine_with_links`."""

    held: float = NEVER
    fine: float = -NEVER
    fine_with_links: float = -NEVER

    @property
    def are_known(self) -> bool:
        """Whether there were enough decisions to set them."""
        return self.held != NEVER

    def is_fine(self, score: float, *, links: bool) -> bool:
        """Whether a post looks as little like spam as most of those that were approved."""
        return score <= min(self.held, self.fine_with_links if links else self.fine)


@dataclass(frozen=True, slots=True)
class Decision:
    """A moderator's decision on a post; `was_held` if the filter had held it wrongly."""

    id: int
    is_spam: bool
    was_held: bool = False


def learned(newest_first: Sequence[Decision]) -> dict[int, bool]:
    """The decisions to learn from, each with whether it is spam.

    Of ham, three posts for each of spam but at least ENOUGH_HAM: those that the filter held wrongly, then the newest.
    """
    spam = [each.id for each in islice((each for each in newest_first if each.is_spam), MOST_SPAM)]
    held = [each.id for each in newest_first if each.was_held and not each.is_spam][: HAM_PER_SPAM * MOST_SPAM]
    others = (each.id for each in newest_first if not each.was_held and not each.is_spam)
    ham = [*held, *islice(others, max(0, most_ham(len(spam)) - len(held)))]
    return dict.fromkeys(spam, True) | dict.fromkeys(ham, False)


def most_ham(spam: int) -> int:
    """How many posts of ham to learn beside so many of spam, unless more were held wrongly."""
    return max(ENOUGH_HAM, HAM_PER_SPAM * spam)


def limits(counts: Counts, spam: int, approved: Iterable[tuple[Sequence[int], bool]]) -> Limits:
    """From which score on a post is held, and up to which it is fine, by the approved posts (features, is learned).

    Each is scored as if it had not been learned. Nothing is held or fine while there are too few decisions. What looks
    rather like ham, below 0, is never held, and what looks rather like spam never fine.
    """
    scored = [(counts.score(each, without_one=is_learned), has_links(each)) for each, is_learned in approved]
    if len(scored) < FEWEST_APPROVED or spam < FEWEST_SPAM:
        return Limits()
    highest = sorted((score for score, _ in scored), reverse=True)
    held = max(0.0, highest[max(1, int(HELD_SHARE * (len(scored) + 1))) - 1])
    fine, fine_with_links = (_fine([score for score, links in scored if links is kind]) for kind in (False, True))
    return Limits(held, fine, fine_with_links)


def _fine(scores: list[float]) -> float:
    """The score that FINE_SHARE of these do not exceed, at most 0."""
    if len(scores) < FEWEST_COMPARED:
        return -NEVER
    return min(0.0, sorted(scores)[int(FINE_SHARE * len(scores)) - 1])
