"""A long load at a share of the measured top: no error, no growth of memory, no counter that differs at the end."""

import argparse
import statistics
import sys
import time
from pathlib import Path

from benchmarks import accounting
from benchmarks.forum_under_test import Forum, prepare
from benchmarks.servers import Server, running
from benchmarks.traffic import Diary, Person
from forum.archive import check
from forum.base.db import session
from tests.servers import free_port

TOP_SECONDS = 15
SHARE = 0.7
WARM_SHARE = 0.2  # of the time, in which memory may still grow: what is kept is filled
GROWTH = 1.10
SAMPLES = 20


def main() -> int:
    """Measure the top, then soak; 1 if a promise was broken."""
    given = _arguments()
    forum = prepare(Path(".bench"), given.size, given.database_url)
    forum.let_go()
    port = free_port()
    command = [sys.executable, "-m", "forum.cli", "serve", "--port", str(port), "--workers", "2"]
    with running(command, port, "/", **forum.environment) as served:
        top = _rate(forum, port, given.people, seconds=TOP_SECONDS, pause=0.0)[0]
        pause = given.people / (top * SHARE) - given.people / top  # to the time that an answer takes at the top
        sys.stderr.write(f"  top: {top:.0f} answers a second; for {given.minutes} minutes at {SHARE:.0%} of it\n")
        rate, diary, sizes = _rate(forum, port, given.people, seconds=given.minutes * 60, pause=pause, watched=served)
    return _judge(forum, rate / top, diary, sizes)


def _rate(
    forum: Forum, port: int, people: int, *, seconds: float, pause: float, watched: Server | None = None
) -> tuple[float, Diary, list[float]]:
    """Answers a second of so many people, half of them members who also write; what they saw; MiB from time to time."""
    diary, place, sizes = Diary(), forum.place, list[float]()
    pages = [place.answered, "/", place.board, place.thread, place.giant]
    cookies = [place.writers[number] if number % 2 else "" for number in range(people)]
    crowd = [Person(n, port, pages, diary, cookie=cookie, pause=pause) for n, cookie in enumerate(cookies)]
    for person in crowd:
        person.start()
    for _ in range(SAMPLES):
        time.sleep(seconds / SAMPLES)
        if watched:
            sizes.append(accounting.memory(watched.pids).pss or 0.0)
            sys.stderr.write(f"  {len(diary.good):7} good answers, {sizes[-1]:.0f} MiB\n")
    for person in crowd:
        person.leave()
    for person in crowd:
        person.join(60)
    return sum(diary.statuses.values()) / seconds, diary, sizes


def _judge(forum: Forum, share: float, diary: Diary, sizes: list[float]) -> int:
    bad = {name: n for name, n in diary.statuses.items() if name not in {"200", "303", "304"}}
    warm = sizes[int(len(sizes) * WARM_SHARE) :]
    third = max(1, len(warm) // 3)
    growth = statistics.mean(warm[-third:]) / statistics.mean(warm[:third])
    with forum.app.app_context():
        different = list(check.check()) + list(check.gaps())
        session.remove()
    spent = sorted(diary.spent)
    verdicts = [
        ("load", share >= SHARE * 0.85, f"{share:.0%} of the top, p99 {spent[int(len(spent) * 0.99)]:.0f} ms"),
        ("answers", not bad, f"{len(diary.good)} good, others: {bad or 'none'}"),
        ("posts", not diary.given_up, f"{len(diary.acknowledged)} acknowledged, {len(diary.given_up)} given up"),
        (
            "memory",
            growth <= GROWTH,
            f"{warm[0]:.0f} MiB, at the end {warm[-1]:.0f}: {growth:.2f} times the first third",
        ),
        ("counters", not different, "exact" if not different else f"{len(different)} differ"),
    ]
    sys.stderr.write("".join(f"  {refusal}\n" for refusal in diary.refusals))
    for name, is_kept, words in verdicts:
        sys.stdout.write(f"{'kept  ' if is_kept else 'BROKEN'}  {name}: {words}\n")
    return 0 if all(is_kept for _, is_kept, _ in verdicts) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--people", type=int, default=8, help="at once, half of them members (default: %(default)s)")
    parser.add_argument("--size", choices=("small", "medium"), default="small")
    parser.add_argument("--database-url", default="", metavar="postgresql+psycopg://…")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
