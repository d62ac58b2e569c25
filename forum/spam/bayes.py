"""A multinomial naive Bayes classifier on sets of hashed features, whose counts are only added to and taken from."""

from array import array
from collections.abc import Sequence
from math import log, sqrt

from forum.spam.features import BUCKETS

SMOOTHING = 1.0  # times a class's share of all features, so that a feature never seen weighs nothing
FULL_WEIGHT = (
    9  # posts of more features than this weigh by the root of the number, as their features are not independent
)


class Counts:
    """How many learned posts of spam and of ham have each feature; 1 MiB."""

    def __init__(self) -> None:
        self.spam, self.ham = array("H", bytes(2 * BUCKETS)), array("H", bytes(2 * BUCKETS))
        self.spam_total = self.ham_total = 0

    def add(self, features: Sequence[int], *, is_spam: bool, sign: int = 1) -> None:
        """Learn a post, or with `sign` -1 forget one that was learned."""
        counts = self.spam if is_spam else self.ham
        for feature in features:
            counts[feature] += sign
        if is_spam:
            self.spam_total += sign * len(features)
        else:
            self.ham_total += sign * len(features)

    def weights(self, features: Sequence[int], *, without_one: bool = False) -> list[float]:
        """The log-odds of each feature, positive for spam; `without_one` as if this ham had not been learned."""
        less = 1 if without_one else 0
        spam_total, ham_total = self.spam_total, self.ham_total - less * len(features)
        if spam_total <= 0 or ham_total <= 0:
            return [0.0] * len(features)
        more_spam = SMOOTHING * spam_total / (spam_total + ham_total)
        more_ham, ratio, spam, ham = SMOOTHING - more_spam - less, ham_total / spam_total, self.spam, self.ham
        return [log((spam[each] + more_spam) / (ham[each] + more_ham) * ratio) for each in features]

    def score(self, features: Sequence[int], *, without_one: bool = False) -> float:
        """How much a post looks like spam; 0 is undecided."""
        if not features:
            return 0.0
        return sum(self.weights(features, without_one=without_one)) * min(1.0, sqrt(FULL_WEIGHT / len(features)))
