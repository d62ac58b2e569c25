"""Checks and rebuilds of the index that somebody has asked for; a job carries them out (jobs/search_index.py).

A rebuild forgets what index_state has of older checks and requests. One that was interrupted is begun again once its
last sign of life is older than INTERRUPTED_SECONDS, also if it was that of `forum reindex`.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from forum.infra import clock
from forum.infra.database.db import transaction
from forum.search.index import index_state, term_frequencies
from forum.search.index.store import store

INTERRUPTED_SECONDS = 60
CHECK_SECONDS = 3600  # after which a check that has not ended is begun again
_PROGRESS, _REBUILD, _CHECK, _CHECK_BEGUN, _CHECKED = "progress", "rebuild wanted", "check wanted", "check", "checked"


class Task(StrEnum):
    """What there is to do."""

    REBUILD = "rebuild"
    CHECK = "check"


@dataclass(frozen=True)
class Maintenance:
    """What is under way or asked for, and what the last check since the last rebuild has found."""

    is_rebuild_wanted: bool
    is_check_wanted: bool
    is_rebuilding: bool
    done: int
    total: int
    checked_at: datetime | None
    problems: tuple[str, ...]

    @property
    def is_busy(self) -> bool:
        """Whether something is asked for or under way."""
        return self.is_rebuild_wanted or self.is_check_wanted or self.is_rebuilding


def maintenance() -> Maintenance:
    """The state of checks and rebuilds."""
    done, total, _ = _progress()
    checked = json.loads(index_state.load(_CHECKED) or "null")
    return Maintenance(
        is_rebuild_wanted=index_state.load(_REBUILD) is not None,
        is_check_wanted=index_state.load(_CHECK) is not None,
        is_rebuilding=term_frequencies.is_rebuilding(),
        done=done,
        total=total,
        checked_at=datetime.fromtimestamp(checked["at"], UTC) if checked else None,
        problems=tuple(checked["problems"]) if checked else (),
    )


def request(task: Task) -> None:
    """Ask for a task; twice is the same as once."""
    index_state.store(_REBUILD if task is Task.REBUILD else _CHECK, 1)


def claim() -> Task | None:
    """The task that this process is to carry out now, in a transaction of its own; None if there is none."""
    if not _due():
        return None
    with transaction():
        store().hold(alone=True)
        task = _due()
        if task is Task.REBUILD:
            note_progress(*_progress()[:2])
        elif task is Task.CHECK:
            index_state.store(_CHECK_BEGUN, _now())
        return task


def _due() -> Task | None:
    if index_state.load(_REBUILD) is not None or term_frequencies.is_rebuilding():
        return Task.REBUILD if _now() - _progress()[2] > INTERRUPTED_SECONDS else None
    is_wanted = index_state.load(_CHECK) is not None
    return Task.CHECK if is_wanted and _now() - index_state.load_number(_CHECK_BEGUN) > CHECK_SECONDS else None


def note_progress(done: int, total: int) -> None:
    """Store how far a rebuild has come, as a sign of life."""
    index_state.store(_PROGRESS, f"{done} {total} {_now()}")


def forget_progress() -> None:
    """Forget it after the end."""
    index_state.clear(_PROGRESS)


def note_check(problems: list[str]) -> None:
    """Store what a check has found."""
    index_state.store(_CHECKED, json.dumps({"at": _now(), "problems": problems}))
    index_state.clear(_CHECK)
    index_state.clear(_CHECK_BEGUN)


def _progress() -> tuple[int, int, int]:
    """The rows done, their total, and the time of the last sign of life in seconds."""
    done, total, at = map(int, (index_state.load(_PROGRESS) or "0 0 0").split())
    return done, total, at


def _now() -> int:
    return int(clock.now().timestamp())
