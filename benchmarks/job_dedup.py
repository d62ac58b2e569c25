"""Checks in the nodes' logs that each scheduled run of a job was started only once."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

TOLD = 5


def log_records(logs: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The log records about jobs."""
    for log in logs:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("{") and '"job"' in line:
                yield json.loads(line)


def duplicates(said: list[dict[str, Any]]) -> list[str]:
    """Runs that were started more than once."""
    started = Counter((each["job"], each["turn"], each["every"]) for each in said if "turn" in each)
    return [f"{job} {many} times in turn {turn}" for (job, turn, _), many in started.items() if many > 1]


def summary(said: list[dict[str, Any]], doubled: list[str]) -> str:
    """A summary of the figures."""
    turns = sum("turn" in each for each in said)
    kinds = len({each["job"] for each in said})
    return f"{turns} turns of {kinds} jobs, {'; '.join(doubled[:TOLD]) or 'none twice'}"
