"""Which decisions the filter learns from, and from which score on it holds a post."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from forum.spam.bayes import Counts

HAM_PER_SPAM = 3  # learning all ham would drown the spam, which is rare
ENOUGH_HAM = 200  # learned in any case, so that the filter knows what the forum is about
MOST_SPAM = 3000  # the newest; spam changes, and a new process reads all of it
MOST_APPROVED = 1000  # the newest approved posts, whose scores set the threshold
FEWEST_APPROVED, FEWEST_SPAM = 200, 20  # with fewer decisions nothing is held
HELD_SHARE = 0.005  # of the approved posts, at most
NEVER = float("inf")


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


def threshold(counts: Counts, spam: int, approved: Iterable[tuple[Sequence[int], bool]]) -> float:
    """The score above which a post is held: at most HELD_SHARE of the approved posts (features, is learned) exceed it.

    Each is scored as if it had not been learned. NEVER while there are too few decisions; never below 0, as what looks
    rather like ham is not held.
    """
    scores = sorted((counts.score(each, without_one=is_learned) for each, is_learned in approved), reverse=True)
    if len(scores) < FEWEST_APPROVED or spam < FEWEST_SPAM:
        return NEVER
    return max(0.0, scores[max(1, int(HELD_SHARE * (len(scores) + 1))) - 1])
