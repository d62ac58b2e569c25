"""Cluster trial: two nodes behind a balancer; one is killed, then PostgreSQL, its replica and Redis fail in turn."""

import sys
import time
from contextlib import ExitStack

from sqlalchemy import func, select

from benchmarks import job_dedup
from benchmarks.assertions import Assertions
from benchmarks.cluster_fixture import BUSY_THREAD, LETTERS, Cluster, Node
from benchmarks.consistency import check_duplicate_form, check_presence, check_rate_limit
from benchmarks.faults import BACK_WITHIN, DROPS_FOR, FaultInjector
from benchmarks.freshness_probe import FreshnessProbe
from benchmarks.traffic import Client, TrafficLog
from benchmarks.viewers import ViewerGroup
from forum.archive import check
from forum.infra.database.db import session
from forum.models import Mail, Post, Thread

WRITERS, GUESTS = 4, 4
CALM = 4.0  # seconds before the first check
JOBS_SEEN = 5  # at least so many kinds of jobs are due during the trial


def main() -> int:
    """Run the trial; return 1 if an assertion failed."""
    assertions = Assertions()
    with ExitStack() as stack:
        cluster = Cluster(stack, assertions)
        nodes = [cluster.node(name) for name in ("one", "two")]
        _Trial(cluster, nodes, assertions).run()
    return assertions.report()


class _Trial:
    def __init__(self, cluster: Cluster, nodes: list[Node], assertions: Assertions) -> None:
        self._cluster, self._nodes, self._assertions = cluster, nodes, assertions
        self._diary = TrafficLog()
        self._ports = [node.port for node in nodes]
        self._viewers = ViewerGroup(cluster.quiet, self._ports, cluster.cookies[-1])
        self._faults = FaultInjector(cluster, nodes, self._diary, assertions)

    def run(self) -> None:
        """Run all steps in order."""
        people = self._people(self._cluster.balancer(self._nodes))
        probe = FreshnessProbe(self._diary, self._ports)
        for each in (*people, probe):
            each.start()
        time.sleep(CALM)
        check_presence(self._assertions, self._viewers, self._cluster.quiet)
        check_duplicate_form(self._assertions, self._cluster, self._nodes)
        check_rate_limit(self._assertions, [self._cluster.node(name, FORUM_LIMITS="on") for name in ("three", "four")])
        self._faults.all(self._viewers)
        for person in people:
            person.leave()
        for person in people:
            person.join(60)
        time.sleep(2)
        probe.leave()
        probe.join(60)
        self._judge(probe)

    def _people(self, port: int) -> list[Client]:
        pages, diary = [BUSY_THREAD, "/", "/boards/4-country"], self._diary
        cookies = self._cluster.cookies[:WRITERS]
        members = [Client(n, port, pages, diary, cookie=cookie, pause=0.1) for n, cookie in enumerate(cookies)]
        return members + [Client(n + 100, port, pages, diary, pause=0.05) for n in range(GUESTS)]

    def _judge(self, probe: FreshnessProbe) -> None:
        looked = min(probe.looked.values())
        self._assertions.hold("fresh pages on every node", probe.words, is_kept=not probe.stale and looked > 0)
        unseen, written = self._diary.unseen, len(self._diary.acknowledged)
        self._assertions.hold(
            "own replies visible", f"{written} replies, {len(unseen)} not shown to their writer", is_kept=not unseen
        )
        self._judge_content()
        self._judge_letters()
        self._judge_answers()
        records = list(job_dedup.log_records(self._cluster.logs))
        doubled = job_dedup.duplicates(records)
        is_kept = not doubled and len({each["job"] for each in records}) >= JOBS_SEEN
        self._assertions.hold("jobs", job_dedup.summary(records, doubled), is_kept=is_kept)

    def _judge_content(self) -> None:
        """Check that every acknowledged post exists exactly once and that all counters are exact."""
        diary = self._diary
        with self._cluster.app.app_context():
            session.rollback()
            number = int(BUSY_THREAD.split("/")[2].split("-", maxsplit=1)[0])
            thread = session.get_one(Thread, number)
            sources = list(session.scalars(select(Post.source).where(Post.thread_id == thread.id)))
            different = [str(each) for each in check.check()] + list(check.position_gaps())
            session.remove()
        missing = [each for each in diary.acknowledged if sources.count(each.text) != 1]
        twice = [text for text in diary.given_up if sources.count(text) > 1]
        words = f"{len(diary.acknowledged)} acknowledged, {len(missing)} not stored exactly once"
        self._assertions.hold("posts", words, is_kept=not missing and not twice and bool(diary.acknowledged))
        self._assertions.hold("counters", "; ".join(different[:5]) or "exact", is_kept=not different)

    def _judge_letters(self) -> None:
        with self._cluster.app.app_context():
            left = session.scalar(select(func.count()).select_from(Mail))
            session.remove()
        subjects = [str(letter["Subject"]) for letter in self._cluster.mailbox.letters]
        is_kept = len(subjects) == len(set(subjects)) == LETTERS and left == 0
        words = f"{len(subjects)} sent, {len(set(subjects))} different, of {LETTERS}"
        self._assertions.hold("letters", words, is_kept=is_kept)

    def _judge_answers(self) -> None:
        """Check for faults, and that refusals and dropped connections occur only during outages and are explained."""
        diary, unwell, killed = self._diary, self._faults.unwell, self._faults.killed_at
        unexplained = [at for at in diary.refused if not any(start <= at <= end + BACK_WITHIN for start, end in unwell)]
        unexpected = [at for at in diary.dropped if not killed <= at <= killed + DROPS_FOR]
        if diary.faults:
            self._print_faults()
        counts = ", ".join(f"{name}: {many}" for name, many in sorted(diary.statuses.items()))
        self._assertions.hold("answers", counts, is_kept=not diary.faults)
        many = len(diary.refused)
        self._assertions.hold(
            "refusals", f"{many} responses with 503, {len(unexplained)} without an outage", is_kept=not unexplained
        )
        mute = "; ".join(diary.mute[:3]) or "each has Retry-After and returns the typed text"
        self._assertions.hold("messages of refusals", mute, is_kept=not diary.mute)
        words = f"{len(diary.dropped)} dropped, {len(unexpected)} of them not by the killed node"
        self._assertions.hold("connections", words, is_kept=not unexpected and len(diary.dropped) <= WRITERS + GUESTS)

    def _print_faults(self) -> None:
        for log in self._cluster.logs:
            faults = [line for line in log.read_text().splitlines() if '"fault"' in line]
            sys.stderr.write("".join(f"{line[:1000]} ... {line[-1000:]}\n" for line in faults[:1]))


if __name__ == "__main__":
    sys.exit(main())
