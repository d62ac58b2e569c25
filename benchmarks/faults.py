"""Faults injected one after the other in the cluster trial, and checks of what readers and writers notice."""

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

QUIET = 4.0  # seconds between two faults
POSTGRES_AWAY, REPLICA_PAUSED, REPLICA_AWAY, REDIS_AWAY = 4.0, 3.0, 3.0, 20.0
BACK_WITHIN = 5.0  # seconds from when the failed part is back
PRESENCE_BACK_WITHIN = 12.0  # a process repeats a heartbeat that it remembers only after half a minute
STREAK = 5  # good answers in a row after which the service counts as back
DROPS_FOR = 1.0  # seconds after a kill in which connections to that node may be dropped
READ_THERE = 100  # statements that prove that the replica is used


class FaultInjector:
    """Injects the faults one after the other, and records when."""

    def __init__(self, cluster: Cluster, nodes: list[Node], diary: TrafficLog, assertions: Assertions) -> None:
        self._cluster, self._nodes, self._diary, self._assertions = cluster, nodes, diary, assertions
        self.unwell: list[tuple[float, float]] = []  # when 503 responses are allowed
        self.killed_at = 0.0

    def all(self, viewers: ViewerGroup) -> None:
        """Inject all faults."""
        time.sleep(QUIET)
        self.kill_a_node()
        time.sleep(QUIET)
        self.stop_postgres()
        time.sleep(QUIET)
        self.trouble_the_replica()
        time.sleep(QUIET)
        self.stop_redis(viewers)

    def kill_a_node(self) -> None:
        """Kill a node with SIGKILL under load."""
        self._assertions.say("kill -9 of node one")
        self.killed_at = time.monotonic()
        with self._back("one node killed", is_unwell=False):
            self._nodes[0].service.kill()
        time.sleep(QUIET)
        gap = self._longest_gap(self.killed_at)
        words = f"longest time without a successful response: {gap:.1f} s"
        self._assertions.hold("availability behind the balancer", words, is_kept=gap <= BACK_WITHIN)
        self._nodes[0].service.start()
        self._assertions.say("node one is back")

    def stop_postgres(self) -> None:
        """Stop PostgreSQL cleanly for some seconds: reads and writes must get a clear 503."""
        self._assertions.say(f"PostgreSQL is down for {POSTGRES_AWAY:.0f} s")
        ports = [node.port for node in self._nodes]
        with self._back("PostgreSQL restarted"):
            cache_pages(ports)
            gone = time.monotonic()
            self._cluster.postgres.end(signal.SIGINT)
            faults = check_outage(ports, self._cluster.cookies[0])
            time.sleep(max(0.0, gone + POSTGRES_AWAY - time.monotonic()))
            self._cluster.postgres.start()
        words = "; ".join(faults[:5]) or "a 503 for all, with a message, Retry-After and the typed text"
        self._assertions.hold("PostgreSQL down", words, is_kept=not faults)

    def trouble_the_replica(self) -> None:
        """Pause the replica, then stop it: writers must see their own posts and nobody may be refused."""
        read = self._replica_commits()
        self._assertions.hold("replica is used", f"{read} statements", is_kept=read >= READ_THERE)
        self._assertions.say(f"the replica is paused for {REPLICA_PAUSED:.0f} s")
        self._ask_replica("SELECT pg_wal_replay_pause()")
        time.sleep(REPLICA_PAUSED)
        self._ask_replica("SELECT pg_wal_replay_resume()")
        self._assertions.say(f"the replica is down for {REPLICA_AWAY:.0f} s")
        began = time.monotonic()
        self._cluster.replica.end(signal.SIGINT)
        time.sleep(REPLICA_AWAY)
        gap = self._longest_gap(began)
        self._assertions.hold("without the replica", f"gap {gap:.1f} s", is_kept=gap <= BACK_WITHIN)
        self._cluster.replica.start()

    def stop_redis(self, viewers: ViewerGroup) -> None:
        """Stop Redis: pages must go on; presence is unknown for a while and must recover."""
        self._assertions.say(f"Redis is down for {REDIS_AWAY:.0f} s")
        began, written = time.monotonic(), len(self._diary.acknowledged)
        self._cluster.redis.end()
        seen = []
        while time.monotonic() - began < REDIS_AWAY:
            seen = viewers.look()
            time.sleep(1)
        gap, replies = self._longest_gap(began), len(self._diary.acknowledged) - written
        is_kept = gap <= BACK_WITHIN and replies > 0
        self._assertions.hold("without Redis", f"gap {gap:.1f} s, {replies} replies", is_kept=is_kept)
        alone = all(each[0] >= 1 and each[0] < viewers.all_there[0] for each in seen)
        self._assertions.hold("presence without Redis", f"pages show {seen}", is_kept=alone)
        with self._back("Redis back", is_unwell=False):
            self._cluster.redis.start()
        took, seen = viewers.agree(PRESENCE_BACK_WITHIN)
        words = f"{seen} after {took:.1f} s"
        self._assertions.hold("presence is back", words, is_kept=took <= PRESENCE_BACK_WITHIN)

    @contextmanager
    def _back(self, name: str, *, is_unwell: bool = True) -> Iterator[None]:
        """Check how long it takes from the end of the block until answers are good again."""
        began = time.monotonic()
        yield
        restored = time.monotonic()
        while time.monotonic() - restored < 60:
            bad, good = self._bad(), len(self._diary.good)
            time.sleep(0.25)
            if self._bad() == bad and len(self._diary.good) - good >= STREAK:
                break
        took = time.monotonic() - restored
        if is_unwell:
            self.unwell.append((began, time.monotonic()))
        self._assertions.hold(name, f"successful responses again after {took:.1f} s", is_kept=took <= BACK_WITHIN)

    def _bad(self) -> int:
        return len(self._diary.refused) + len(self._diary.dropped) + sum(self._diary.faults.values())

    def _longest_gap(self, since: float) -> float:
        """The longest time that any client was without a good answer."""
        longest = 0.0
        for who in {each for _, each in self._diary.good}:
            own = sorted(moment for moment, each in self._diary.good if each == who and moment > since)
            longest = max(longest, *(later - earlier for earlier, later in pairwise([since, *own, time.monotonic()])))
        return longest

    def _replica_commits(self) -> int:
        row = self._ask_replica("SELECT xact_commit FROM pg_stat_database WHERE datname = 'forum'")
        return int(row)

    def _ask_replica(self, question: str) -> str:
        address = self._cluster.replica_url.replace("+psycopg", "")
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            row = connection.execute(question.encode()).fetchone()
        return str(row[0]) if row else ""
