"""Two nodes behind one address: one is killed, PostgreSQL is restarted, Redis is away; no promise may break."""

import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks import services
from benchmarks.balancer import Balancer
from benchmarks.servers import ask
from benchmarks.services import Service
from benchmarks.traffic import Diary, Person
from forum.app import create_app
from forum.archive import check
from forum.archive.ready import make_ready
from forum.base import clock
from forum.base.db import session, transaction
from forum.base.settings import from_environment
from forum.members import sessions
from forum.models import Mail, Post, Thread
from tests.factories import a_member
from tests.servers import smtp_server

MEMBERS, GUESTS, LETTERS = 4, 4, 20
QUIET = 6.0  # seconds between two troubles
REDIS_AWAY = 20.0
BACK_WITHIN = 5.0  # seconds, from when what broke is there again
STREAK = 5  # good answers in a row by which the service counts as back
THREAD = "/threads/6-russia-china-agree-to-build-lunar-station-together"
KEY = "a key for trials, the same on both nodes"


def main() -> int:
    """Run the trial; 1 if a promise was broken."""
    with ExitStack() as stack:
        trial = _Trial(stack)
        trial.run()
    for name, is_kept, words in trial.verdicts:
        sys.stdout.write(f"{'kept  ' if is_kept else 'BROKEN'}  {name}: {words}\n")
    return 0 if all(is_kept for _, is_kept, _ in trial.verdicts) else 1


class _Trial:
    def __init__(self, stack: ExitStack) -> None:
        self._stack, self.diary = stack, Diary()
        self.verdicts: list[tuple[str, bool, str]] = []
        self._began = time.monotonic()
        self._logs: list[Path] = []
        self._data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trial-")))
        self._postgres, url = services.postgres(*stack.enter_context(services.places()))
        self._redis, redis_url = services.redis(*stack.enter_context(services.places()))
        self._mailbox = stack.enter_context(smtp_server())
        self._common = {
            "FORUM_DATABASE_URL": url,
            "FORUM_REDIS_URL": redis_url,
            "FORUM_SECRET_KEY": KEY,
            "FORUM_LIMITS": "off",
            "FORUM_MAIL_URL": self._mailbox.url,
        }
        for service in (self._postgres, self._redis):
            service.start()
            stack.callback(service.end, signal.SIGINT)
        self._app = create_app(from_environment(self._environment("trial")))
        stack.callback(self._let_go)

    def _environment(self, name: str) -> dict[str, str]:
        return self._common | {"FORUM_DATA": str(self._data / name)}

    def _let_go(self) -> None:
        self._app.extensions["forum.volatile"].dispose()
        with self._app.app_context():
            session.remove()

    def _say(self, words: str) -> None:
        sys.stderr.write(f"  {time.monotonic() - self._began:5.1f} s  {words}\n")

    def run(self) -> None:
        """Everything in order."""
        cookies = self._fill()
        nodes = [self._node(name) for name in ("one", "two")]
        balancer = Balancer([port for _, port in nodes])
        balancer.start()
        self._stack.callback(balancer.stop)
        people = self._people(balancer.port, cookies)
        for person in people:
            person.start()
        self._trouble([service for service, _ in nodes])
        self._look_at_viewers([port for _, port in nodes])
        for person in people:
            person.leave()
        for person in people:
            person.join(60)
        self._judge()

    def _fill(self) -> list[str]:
        with self._app.app_context():
            make_ready()
            with transaction():
                members = [a_member(f"Member {number}") for number in range(MEMBERS)]
                tokens = [sessions.start(member, persistent=True) for member in members]
                now = clock.now()
                for number in range(LETTERS):
                    letter = {"recipient": f"m{number}@example.org", "subject": f"Letter {number}", "body": "Hello."}
                    session.add(Mail(**letter, created_at=now, try_after=now, attempts=0))
            session.remove()
        return [f"forum_session={token}" for token in tokens]

    def _node(self, name: str) -> tuple[Service, int]:
        folder, log = self._stack.enter_context(services.places())
        self._logs.append(folder / "log")
        service, port = services.node(name, self._environment(name), log)
        service.start()
        self._stack.callback(service.kill)
        self._say(f"node {name} answers")
        return service, port

    def _people(self, port: int, cookies: list[str]) -> list[Person]:
        pages = [THREAD, "/", "/boards/4-country"]
        members = [Person(n, port, pages, self.diary, cookie=cookie, pause=0.1) for n, cookie in enumerate(cookies)]
        return members + [Person(n + 100, port, pages, self.diary, pause=0.05) for n in range(GUESTS)]

    def _trouble(self, nodes: list[Service]) -> None:
        time.sleep(QUIET)
        self._say("kill -9 of node one")
        nodes[0].kill()
        self._wait_for_service("a node killed")
        time.sleep(QUIET)
        nodes[0].start()
        self._say("node one is there again")
        time.sleep(QUIET)
        self._say("PostgreSQL is restarted")
        self._postgres.end(signal.SIGINT)
        self._postgres.start()
        self._wait_for_service("PostgreSQL restarted")
        time.sleep(QUIET)
        self._without_redis()

    def _without_redis(self) -> None:
        self._say(f"Redis is away for {REDIS_AWAY:.0f} s")
        self._redis.end()
        self._wait_for_service("Redis gone")
        before, began = len(self.diary.acknowledged), time.monotonic()
        time.sleep(REDIS_AWAY)
        written, longest = len(self.diary.acknowledged) - before, self._longest_gap(began)
        self._promise(
            "without Redis", written > 0 and longest <= BACK_WITHIN, f"{written} replies, gap {longest:.1f} s"
        )
        self._redis.start()
        self._wait_for_service("Redis back")
        time.sleep(QUIET)

    def _longest_gap(self, since: float) -> float:
        moments = [since, *(each for each in sorted(self.diary.good) if each > since), time.monotonic()]
        return max(later - earlier for earlier, later in pairwise(moments))

    def _wait_for_service(self, what: str) -> None:
        """How long it takes until answers are good again."""
        began = time.monotonic()
        while time.monotonic() - began < 60:
            faults = sum(n for name, n in self.diary.statuses.items() if name not in {"200", "303", "304"})
            good = len(self.diary.good)
            time.sleep(0.25)
            bad = sum(n for name, n in self.diary.statuses.items() if name not in {"200", "303", "304"}) - faults
            if bad == 0 and len(self.diary.good) - good >= STREAK:
                break
        took = time.monotonic() - began
        self._promise(what, took <= BACK_WITHIN, f"good answers again after {took:.1f} s")

    def _look_at_viewers(self, ports: list[int]) -> None:
        """After the troubles both nodes count the same people."""
        told = [self._viewers(port) for port in ports]
        is_kept = all(each["members"] == MEMBERS and each["guests"] >= GUESTS for each in told)
        self._promise("presence on both nodes", is_kept, " and ".join(f"{t['members']} + {t['guests']}" for t in told))

    def _viewers(self, port: int) -> Any:
        import json  # noqa: PLC0415

        number = THREAD.split("/")[2].split("-", maxsplit=1)[0]
        return json.loads(ask(f"http://127.0.0.1:{port}/api/v1/threads/{number}/viewers", {"User-Agent": "curl"}).body)

    def _promise(self, name: str, is_kept: bool, words: str) -> None:  # noqa: FBT001
        self.verdicts.append((name, is_kept, words))
        self._say(f"{name}: {words}")

    def _judge(self) -> None:
        diary = self.diary
        with self._app.app_context():
            session.rollback()
            thread = session.scalars(
                select(Thread).where(Thread.id == int(THREAD.split("/")[2].split("-", maxsplit=1)[0]))
            ).one()
            sources = list(session.scalars(select(Post.source).where(Post.thread_id == thread.id)))
            different = [str(each) for each in check.check()] + list(check.gaps())
            left = session.scalar(select(func.count()).select_from(Mail))
            session.remove()
        missing = [text for text in diary.acknowledged if sources.count(text) != 1]
        twice = [text for text in diary.given_up if sources.count(text) > 1]
        self._promise(
            "posts", not missing and not twice, f"{len(diary.acknowledged)} acknowledged, {len(missing)} not there once"
        )
        self._promise("counters", not different, "exact" if not different else "; ".join(different[:5]))
        subjects = [str(letter["Subject"]) for letter in self._mailbox.letters]
        once = len(subjects) == len(set(subjects)) == LETTERS and left == 0
        self._promise("letters", once, f"{len(subjects)} sent, {len(set(subjects))} different, of {LETTERS}")
        for log in self._logs if diary.faults else []:
            faults = [line for line in log.read_text().splitlines() if '"fault"' in line]
            sys.stderr.write("".join(f"{line[:1000]} ... {line[-1000:]}\n" for line in faults[:1]))
        self._promise("answers", not diary.faults, ", ".join(f"{k}: {v}" for k, v in sorted(diary.statuses.items())))


if __name__ == "__main__":
    sys.exit(main())
