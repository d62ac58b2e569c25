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
from forum.infra.db import session
from forum.models import Mail, Post, Thread

WRITERS, GUESTS = 4, 4
CALM = 4.0  # seconds before the first check
JOBS_SEEN = 5  # at least so many kinds of jobs are due during the trial


def main() -> int:
    """Run the trial; return 1 if an assertion failed."""
    promises = Assertions()
    with ExitStack() as stack:
        stage = Cluster(stack, promises)
        nodes = [stage.node(name) for name in ("one", "two")]
        _Trial(stage, nodes, promises).run()
    return promises.report()


class _Trial:
    def __init__(self, stage: Cluster, nodes: list[Node], promises: Assertions) -> None:
        self._stage, self._nodes, self._promises = stage, nodes, promises
        self._diary = TrafficLog()
        self._ports = [node.port for node in nodes]
        self._audience = ViewerGroup(stage.quiet, self._ports, stage.cookies[-1])
        self._troubles = FaultInjector(stage, nodes, self._diary, promises)

    def run(self) -> None:
        """Run all steps in order."""
        people = self._people(self._stage.balancer(self._nodes))
        witness = FreshnessProbe(self._diary, self._ports)
        for each in (*people, witness):
            each.start()
        time.sleep(CALM)
        check_presence(self._promises, self._audience, self._stage.quiet)
        check_duplicate_form(self._promises, self._stage, self._nodes)
        check_rate_limit(self._promises, [self._stage.node(name, FORUM_LIMITS="on") for name in ("three", "four")])
        self._troubles.all(self._audience)
        for person in people:
            person.leave()
        for person in people:
            person.join(60)
        time.sleep(2)
        witness.leave()
        witness.join(60)
        self._judge(witness)

    def _people(self, port: int) -> list[Client]:
        pages, diary = [BUSY_THREAD, "/", "/boards/4-country"], self._diary
        cookies = self._stage.cookies[:WRITERS]
        members = [Client(n, port, pages, diary, cookie=cookie, pause=0.1) for n, cookie in enumerate(cookies)]
        return members + [Client(n + 100, port, pages, diary, pause=0.05) for n in range(GUESTS)]

    def _judge(self, witness: FreshnessProbe) -> None:
        looked = min(witness.looked.values())
        self._promises.hold("fresh pages on every node", witness.words, is_kept=not witness.stale and looked > 0)
        unseen, written = self._diary.unseen, len(self._diary.acknowledged)
        self._promises.hold(
            "own writes", f"{written} replies, {len(unseen)} not shown to their writer", is_kept=not unseen
        )
        self._judge_content()
        self._judge_letters()
        self._judge_answers()
        records = list(job_dedup.log_records(self._stage.logs))
        doubled = job_dedup.duplicates(records)
        is_kept = not doubled and len({each["job"] for each in records}) >= JOBS_SEEN
        self._promises.hold("jobs", job_dedup.summary(records, doubled), is_kept=is_kept)

    def _judge_content(self) -> None:
        """Check that every acknowledged post exists exactly once and that all counters are exact."""
        diary = self._diary
        with self._stage.app.app_context():
            session.rollback()
            number = int(BUSY_THREAD.split("/")[2].split("-", maxsplit=1)[0])
            thread = session.get_one(Thread, number)
            sources = list(session.scalars(select(Post.source).where(Post.thread_id == thread.id)))
            different = [str(each) for each in check.check()] + list(check.position_gaps())
            session.remove()
        missing = [each for each in diary.acknowledged if sources.count(each.text) != 1]
        twice = [text for text in diary.given_up if sources.count(text) > 1]
        words = f"{len(diary.acknowledged)} acknowledged, {len(missing)} not stored exactly once"
        self._promises.hold("posts", words, is_kept=not missing and not twice and bool(diary.acknowledged))
        self._promises.hold("counters", "; ".join(different[:5]) or "exact", is_kept=not different)

    def _judge_letters(self) -> None:
        with self._stage.app.app_context():
            left = session.scalar(select(func.count()).select_from(Mail))
            session.remove()
        subjects = [str(letter["Subject"]) for letter in self._stage.mailbox.letters]
        is_kept = len(subjects) == len(set(subjects)) == LETTERS and left == 0
        words = f"{len(subjects)} sent, {len(set(subjects))} different, of {LETTERS}"
        self._promises.hold("letters", words, is_kept=is_kept)

    def _judge_answers(self) -> None:
        """Check for faults, and that refusals and dropped connections occur only during outages and are explained."""
        diary, unwell, killed = self._diary, self._troubles.unwell, self._troubles.killed_at
        unexplained = [at for at in diary.refused if not any(start <= at <= end + BACK_WITHIN for start, end in unwell)]
        unexpected = [at for at in diary.dropped if not killed <= at <= killed + DROPS_FOR]
        if diary.faults:
            self._print_faults()
        counts = ", ".join(f"{name}: {many}" for name, many in sorted(diary.statuses.items()))
        self._promises.hold("answers", counts, is_kept=not diary.faults)
        many = len(diary.refused)
        self._promises.hold("refusals", f"{many} of 503, {len(unexplained)} without an outage", is_kept=not unexplained)
        mute = "; ".join(diary.mute[:3]) or "each has Retry-After and returns what was typed"
        self._promises.hold("messages of refusals", mute, is_kept=not diary.mute)
        words = f"{len(diary.dropped)} dropped, {len(unexpected)} of them not by the killed node"
        self._promises.hold("connections", words, is_kept=not unexpected and len(diary.dropped) <= WRITERS + GUESTS)

    def _print_faults(self) -> None:
        for log in self._stage.logs:
            faults = [line for line in log.read_text().splitlines() if '"fault"' in line]
            sys.stderr.write("".join(f"{line[:1000]} ... {line[-1000:]}\n" for line in faults[:1]))


if __name__ == "__main__":
    sys.exit(main())
