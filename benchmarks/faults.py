"""What goes wrong in the cluster's trial, one after the other, and what readers and writers notice of it."""

import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise

import psycopg

from benchmarks.assertions import Assertions
from benchmarks.cluster_fixture import Cluster, Node
from benchmarks.outage import cache_pages, check_outage
from benchmarks.traffic import TrafficLog
from benchmarks.viewers import ViewerGroup

QUIET = 4.0  # seconds between two troubles
POSTGRES_AWAY, REPLICA_PAUSED, REPLICA_AWAY, REDIS_AWAY = 4.0, 3.0, 3.0, 20.0
BACK_WITHIN = 5.0  # seconds, from when what broke is there again
PRESENCE_BACK_WITHIN = 12.0  # a sign of life that a process remembers is told again after half a minute only
STREAK = 5  # good answers in a row by which the service counts as back
DROPS_FOR = 1.0  # seconds after a kill in which connections to that node break
READ_THERE = 100  # statements, by which the replica is really read from


class FaultInjector:
    """Breaks one thing after the other, and remembers when."""

    def __init__(self, stage: Cluster, nodes: list[Node], diary: TrafficLog, promises: Assertions) -> None:
        self._stage, self._nodes, self._diary, self._promises = stage, nodes, diary, promises
        self.unwell: list[tuple[float, float]] = []  # when answers of 503 are fine
        self.killed_at = 0.0
        self.queue_away: list[tuple[float, float]] = []  # seconds since the epoch

    def all(self, audience: ViewerGroup) -> None:
        """All of them."""
        time.sleep(QUIET)
        self.kill_a_node()
        time.sleep(QUIET)
        self.stop_postgres()
        time.sleep(QUIET)
        self.trouble_the_replica()
        time.sleep(QUIET)
        self.stop_redis(audience)

    def kill_a_node(self) -> None:
        """Without warning, in the middle of what it does."""
        self._promises.say("kill -9 of node one")
        self.killed_at = time.monotonic()
        with self._back("a node killed", is_unwell=False):
            self._nodes[0].service.kill()
        time.sleep(QUIET)
        gap = self._longest_gap(self.killed_at)
        words = f"nobody was without a good answer for more than {gap:.1f} s"
        self._promises.hold("behind the balancer", words, is_kept=gap <= BACK_WITHIN)
        self._nodes[0].service.start()
        self._promises.say("node one is there again")

    def stop_postgres(self) -> None:
        """In order, for some seconds: reading and writing are refused politely."""
        self._promises.say(f"PostgreSQL is away for {POSTGRES_AWAY:.0f} s")
        ports = [node.port for node in self._nodes]
        with self._back("PostgreSQL restarted"):
            cache_pages(ports)
            gone = time.monotonic()
            self._stage.postgres.end(signal.SIGINT)
            faults = check_outage(ports, self._stage.cookies[0])
            time.sleep(max(0.0, gone + POSTGRES_AWAY - time.monotonic()))
            self._stage.postgres.start()
        words = "; ".join(faults[:5]) or "a 503 for all, with words, Retry-After and what was typed"
        self._promises.hold("PostgreSQL away", words, is_kept=not faults)

    def trouble_the_replica(self) -> None:
        """It stands still, then it is gone: nobody misses what they wrote, nobody is refused."""
        read = self._read_there()
        self._promises.hold("the replica is read from", f"{read} statements", is_kept=read >= READ_THERE)
        self._promises.say(f"the replica stands still for {REPLICA_PAUSED:.0f} s")
        self._ask_replica("SELECT pg_wal_replay_pause()")
        time.sleep(REPLICA_PAUSED)
        self._ask_replica("SELECT pg_wal_replay_resume()")
        self._promises.say(f"the replica is away for {REPLICA_AWAY:.0f} s")
        began = time.monotonic()
        self._stage.replica.end(signal.SIGINT)
        time.sleep(REPLICA_AWAY)
        gap = self._longest_gap(began)
        self._promises.hold("without the replica", f"gap {gap:.1f} s", is_kept=gap <= BACK_WITHIN)
        self._stage.replica.start()

    def stop_redis(self, audience: ViewerGroup) -> None:
        """Pages go on; who is there is not known for a while, and is known again."""
        self._promises.say(f"Redis is away for {REDIS_AWAY:.0f} s")
        began, since, written = time.monotonic(), time.time(), len(self._diary.acknowledged)
        self._stage.redis.end()
        seen = []
        while time.monotonic() - began < REDIS_AWAY:
            seen = audience.look()
            time.sleep(1)
        gap, replies = self._longest_gap(began), len(self._diary.acknowledged) - written
        is_kept = gap <= BACK_WITHIN and replies > 0
        self._promises.hold("without Redis", f"gap {gap:.1f} s, {replies} replies", is_kept=is_kept)
        alone = all(each[0] >= 1 and each[0] < audience.all_there[0] for each in seen)
        self._promises.hold("presence without Redis", f"readers are told {seen}", is_kept=alone)
        with self._back("Redis back", is_unwell=False):
            self._stage.redis.start()
        self.queue_away.append((since, time.time()))
        took, seen = audience.agree(PRESENCE_BACK_WITHIN)
        words = f"{seen} after {took:.1f} s"
        self._promises.hold("presence is back", words, is_kept=took <= PRESENCE_BACK_WITHIN)

    @contextmanager
    def _back(self, what: str, *, is_unwell: bool = True) -> Iterator[None]:
        """How long it takes until answers are good again, from when the block ends."""
        began = time.monotonic()
        yield
        mended = time.monotonic()
        while time.monotonic() - mended < 60:
            bad, good = self._bad(), len(self._diary.good)
            time.sleep(0.25)
            if self._bad() == bad and len(self._diary.good) - good >= STREAK:
                break
        took = time.monotonic() - mended
        if is_unwell:
            self.unwell.append((began, time.monotonic()))
        self._promises.hold(what, f"good answers again after {took:.1f} s", is_kept=took <= BACK_WITHIN)

    def _bad(self) -> int:
        return len(self._diary.refused) + len(self._diary.dropped) + sum(self._diary.faults.values())

    def _longest_gap(self, since: float) -> float:
        """The longest time that any of the people was without a good answer."""
        longest = 0.0
        for who in {each for _, each in self._diary.good}:
            own = sorted(moment for moment, each in self._diary.good if each == who and moment > since)
            longest = max(longest, *(later - earlier for earlier, later in pairwise([since, *own, time.monotonic()])))
        return longest

    def _read_there(self) -> int:
        row = self._ask_replica("SELECT xact_commit FROM pg_stat_database WHERE datname = 'forum'")
        return int(row)

    def _ask_replica(self, question: str) -> str:
        address = self._stage.replica_url.replace("+psycopg", "")
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            row = connection.execute(question.encode()).fetchone()
        return str(row[0]) if row else ""
