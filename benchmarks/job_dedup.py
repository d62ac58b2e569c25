"""Checks in the nodes' logs that each scheduled run of a job was started only once."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SOON = 2.0  # seconds around an outage of the queue in which a run may be scheduled again
TOLD = 5


def log_records(logs: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The log records about jobs."""
    for log in logs:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("{") and '"job"' in line:
                yield json.loads(line)


def duplicates(said: list[dict[str, Any]], away: list[tuple[float, float]]) -> list[str]:
    """Runs that were scheduled more than once, and jobs that were executed more often than scheduled.

    `away` are the times (seconds since the epoch) when the queue lost its state: those runs may be repeated.
    """
    called = Counter((each["job"], each["turn"], each["every"]) for each in said if "turn" in each)
    found = [
        f"{job} {many} times in turn {turn}"
        for (job, turn, every), many in called.items()
        if many > 1
        and not any(turn * every <= end + SOON and start - SOON <= (turn + 1) * every for start, end in away)
    ]
    asked, done = (Counter(each["job"] for each in said if ("turn" in each) is is_call) for is_call in (True, False))
    more = [job for job in asked if done[job] > asked[job]]
    return found + [f"{job} carried out {done[job]} times, enqueued {asked[job]} times" for job in more]


def summary(said: list[dict[str, Any]], doubled: list[str]) -> str:
    """A summary of the figures."""
    turns = sum("turn" in each for each in said)
    kinds = len({each["job"] for each in said})
    return f"{turns} turns of {kinds} jobs, {'; '.join(doubled[:TOLD]) or 'none twice'}"
