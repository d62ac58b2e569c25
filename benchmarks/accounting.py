"""CPU time and memory of processes and their descendants, from /proc."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 2**20
PARENT, OWN_TIME = 1, slice(11, 15)  # fields after the name: utime, stime, and those of exited children


@dataclass(frozen=True)
class Memory:
    """Resident MiB; rss counts shared pages in full for each process, pss divides them among the sharing processes."""

    rss: float
    pss: float | None


def process_tree(*roots: int) -> set[int]:
    """The pids of processes and all their descendants."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if fields := _stat(int(folder.name)):
            children.setdefault(int(fields[PARENT]), []).append(int(folder.name))
    found, waiting = set[int](), list(roots)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += children.get(one, [])
    return found


def cpu_ms(roots: Iterable[int]) -> float:
    """CPU time that processes and their descendants have used so far, including exited children."""
    return TICK_MS * sum(int(each) for pid in process_tree(*roots) for each in _stat(pid)[OWN_TIME])


def memory(roots: Iterable[int]) -> Memory:
    """The current memory of processes and their descendants; pss is None where the system does not report it."""
    pids = process_tree(*roots)
    rss = sum(int(fields[21]) for pid in pids if (fields := _stat(pid))) * PAGE / MIB
    shares = [_pss_kib(pid) for pid in pids]
    known = [each for each in shares if each is not None]
    return Memory(rss, sum(known) / 1024 if known else None)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the process name; empty if the process has exited."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _pss_kib(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), None)
