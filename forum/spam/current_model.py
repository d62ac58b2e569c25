"""The filter as this process has it: counts in memory, which follow the database by what has changed since."""

import time
from array import array
from threading import Lock

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.database.per_app import PerApp
from forum.models import SpamModel, SpamSample
from forum.spam.bayes import Counts
from forum.spam.learning import NEVER, Limits

RELOAD_AFTER = 86400  # seconds; learn_pending deletes samples that it has forgotten for longer
ONE_ROW = 1
_LIMITS = (SpamModel.threshold, SpamModel.fine_limit, SpamModel.fine_limit_with_links)
_STORED = select(SpamModel.version, *_LIMITS).where(SpamModel.id == ONE_ROW)


class CurrentModel:
    """Counts of the samples learned up to `version`, and the limits that they set."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._clear()

    def _clear(self) -> None:
        self.counts, self.version, self.limits = Counts(), 0, Limits()
        self._learned: dict[int, bool] = {}
        self._followed_at = time.monotonic()

    def follow(self) -> None:
        """Learn and forget what has changed in the database; the caller holds the lock."""
        row = session.execute(_STORED).first()
        version, *stored = row or (0,)
        if version < self.version or time.monotonic() - self._followed_at > RELOAD_AFTER:
            self._clear()
        if version != self.version:
            self._apply_changes(version)
        self.version, self.limits = version, limits_of(*stored)
        self._followed_at = time.monotonic()

    def _apply_changes(self, version: int) -> None:
        rows = select(SpamSample.id, SpamSample.learned_as_spam, SpamSample.features)
        rows = rows.where(SpamSample.version > self.version, SpamSample.version <= version)
        if not self.version:
            rows = rows.where(SpamSample.learned_as_spam.is_not(None))
        for sample_id, is_spam, packed in session.execute(rows.execution_options(yield_per=500)):
            features, was = unpack(packed), self._learned.pop(sample_id, None)
            if was is not None:
                self.counts.add(features, is_spam=was, sign=-1)
            if is_spam is not None:
                self.counts.add(features, is_spam=is_spam)
                self._learned[sample_id] = is_spam


def limits_of(held: float | None = None, *fine: float | None) -> Limits:
    """The limits as they are stored; None for one that is not known."""
    return Limits(NEVER if held is None else held, *(-NEVER if limit is None else limit for limit in fine))


def unpack(packed: bytes) -> "array[int]":
    """The features of a sample, which are stored as numbers of 4 bytes."""
    return array("I", packed)


current = PerApp(lambda _: CurrentModel())
