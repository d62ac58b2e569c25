"""A wave of spam: 200 registrations and 2,000 posts from 500 addresses in ten minutes, while 20 newcomers post.

The spammers use browsers, so they compute the proof of work and wait as a form asks. The filter has learned from 400
decisions about other texts than those of the wave. Moderators look only at the end: at the first 40 of the queue, and
at the list of new members, from which they clean up in two clicks.
"""

import random
import sqlite3
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import select

from benchmarks import environment, wave_texts
from benchmarks.assertions import Assertions
from benchmarks.forum_under_test import Forum, prepare
from benchmarks.servers import running
from benchmarks.wave_cleaning import clean_and_undo, first_in_queue, moderator
from benchmarks.wave_people import Person
from benchmarks.wave_texts import Texts
from forum.infra.database.db import session, transaction
from forum.models import Board, Member, Post, ReviewItem
from forum.models import Thread as ForumThread
from forum.moderation import queue
from forum.permissions import may_start_thread
from forum.spam import actions as spam
from forum.spam.jobs import learn_pending
from forum.threads import actions
from forum.threads.queries import find_thread
from tests.factories import a_member, a_newcomer, a_post
from tests.servers import LOOPBACK, free_port

SPAMMERS, POSTS_OF_SPAMMER, ADDRESSES = 200, 10, 500
NEWCOMERS, HONEST_POSTS = 20, 2
DECISIONS, SPAM_AMONG_THEM, POSTS_EACH = 400, 100, 5
MOST_PUBLIC = 0.01  # of the spam, at any time
LEAST_UNHELD = 0.8  # of what newcomers post
FIRST = 40  # of the queue, in which each held post of a newcomer stands
LEAST_PAUSE = 31.0  # seconds that a new member has to wait between two posts, and one more
SPAMMER, HONEST = "wave", "honest"  # names begin so
PUBLIC_SPAM = (
    "SELECT count(*) FROM post JOIN thread ON thread.id = post.thread_id JOIN member ON member.id = author_id"
    " WHERE post.visibility = 0 AND thread.visibility = 0 AND username LIKE ?"
)


@dataclass
class Watch:
    """Counts the public spam once a second while the wave runs."""

    database: Path
    most: int = 0
    ended: Event = field(default_factory=Event)

    def run(self) -> None:
        """Count until the wave has ended."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            while not self.ended.wait(1.0):
                self.most = max(self.most, database.execute(PUBLIC_SPAM, (f"{SPAMMER} %",)).fetchone()[0])


def main() -> int:
    """Teach the filter, let the wave run, clean up and undo; return 1 if an assertion failed."""
    given, assertions = _arguments(), Assertions()
    forum = prepare(Path(".bench"), "small", "")
    with forum.app.app_context():
        texts = wave_texts.of_sets(given.spam, given.ham, 2) if given.spam and given.ham else wave_texts.made(2)
        _teach(texts)
        cookie = moderator()
        session.remove()
    forum.close_databases()
    port = free_port()
    command = environment.forum("serve", "--port", str(port), "--workers", "2")
    more = {"FORUM_LIMITS": "on", "FORUM_TRUSTED_PROXIES": LOOPBACK}
    assertions.say(f"The filter knows {DECISIONS} decisions; the wave takes {given.minutes:g} minutes.")
    with running(command, port, "/", forum.environment | more):
        people, most = _run(forum, port, texts, given)
        with forum.app.app_context():
            _judge_wave(assertions, people, most)
        clean_and_undo(assertions, forum, port, cookie)
    forum.close_databases()
    return assertions.report()


def _teach(texts: Texts) -> None:
    """Decide about posts of earlier newcomers, as moderators would have."""
    chance = random.Random(4)  # noqa: S311 - a trial's
    with transaction():
        keeper = a_member("wave keeper", role="moderator")
        thread_id = session.scalars(select(ForumThread.id).order_by(ForumThread.id)).first() or 0
        authors = [a_newcomer(f"earlier {number}") for number in range(DECISIONS // POSTS_EACH)]
        spammers, others = authors[: SPAM_AMONG_THEM // POSTS_EACH], authors[SPAM_AMONG_THEM // POSTS_EACH :]
        for number in range(DECISIONS):
            is_spam = number % (DECISIONS // SPAM_AMONG_THEM) == 0
            thread, body = find_thread(keeper, thread_id), next(texts.earlier_spam if is_spam else texts.earlier_ham)
            post = a_post(thread=thread, by=chance.choice(spammers if is_spam else others), body=body)
            if post.is_held:
                queue.decide(keeper, queue.latest_of(keeper, post.id), decision="spam" if is_spam else "approve")
                continue
            spam.learn(post, is_spam=is_spam)
            if is_spam:
                actions.delete_post(keeper, post)
    learn_pending()


def _run(forum: Forum, port: int, texts: Texts, given: Namespace) -> tuple[list[Person], int]:
    """Let all of them register and post; who they were, and the most public spam at any time."""
    chance = random.Random(3)  # noqa: S311 - a trial's
    with forum.app.app_context():
        anybody = a_newcomer()
        open_boards = (each for each in session.query(Board).order_by(Board.id) if may_start_thread(anybody, each))
        boards = [board.path for board in islice(open_boards, 3)]
        threads = [thread.path for thread in session.query(ForumThread).order_by(ForumThread.id.desc()).limit(40)]
        session.remove()
    addresses = [f"10.{number % 250}.{number // 250}.{chance.randrange(250)}" for number in range(ADDRESSES)]
    watch = Watch(Path(forum.environment["FORUM_DATA"]) / "forum.sqlite3")
    watching = Thread(target=watch.run, daemon=True)
    watching.start()
    seconds, people, threads_of = given.minutes * 60, list[Person](), list[Thread]()
    end = time.monotonic() + seconds
    for number in range(given.spammers + NEWCOMERS):
        is_honest = number >= given.spammers
        name = f"{HONEST} {number}" if is_honest else f"{SPAMMER} {number}"
        own = [f"192.0.2.{number % 250}"] if is_honest else chance.sample(addresses, 3)
        person = Person(name, port, own)
        posts = HONEST_POSTS if is_honest else POSTS_OF_SPAMMER
        words = [next(texts.ham if is_honest else texts.spam) for _ in range(posts)]
        plan = Plan(chance.choice(boards), chance.sample(threads, posts), words, begin=chance.uniform(0, seconds / 2))
        people.append(person)
        threads_of.append(Thread(target=plan.follow, args=(person, end), daemon=True))
    for each in threads_of:
        each.start()
    for each in threads_of:
        each.join(max(1.0, end + 60 - time.monotonic()))
    watch.ended.set()
    watching.join(5)
    return people, watch.most


@dataclass
class Plan:
    """What somebody of the wave does: register after so many seconds, start a thread, and reply until the end."""

    board: str
    threads: list[str]
    words: list[str]
    begin: float

    def follow(self, person: Person, end: float) -> None:
        """Do it."""
        time.sleep(self.begin)
        if not person.register():
            return
        pause = max(LEAST_PAUSE, (end - time.monotonic()) / (len(self.words) + 1))
        for number, text in enumerate(self.words):
            if number == 0:
                person.start_thread(self.board, " ".join(text.split()[:8])[:80].ljust(10, "."), text)
            else:
                person.post(self.threads[number], text)
            if time.monotonic() > end:
                return
            time.sleep(pause)


def _judge_wave(assertions: Assertions, people: list[Person], most: int) -> None:
    wanted = POSTS_OF_SPAMMER * sum(person.name.startswith(SPAMMER) for person in people)
    written = sum(person.accepted for person in people if person.name.startswith(SPAMMER))
    registered = [person for person in people if person.is_registered]
    assertions.say(f"{len(registered)} of {len(people)} registered, {written} of {wanted} spam posts were accepted")
    for refusal, number in Person.most_refusals(people):
        assertions.say(f"  {number} times: {refusal}")
    assertions.hold("spam", f"{most} public at most, of {wanted}", is_kept=most <= MOST_PUBLIC * wanted)
    honest = session.query(Post).join(Member, Member.id == Post.author_id).filter(Member.username.like(f"{HONEST} %"))
    posts = honest.all()
    held = [post for post in posts if post.is_held or session.get_one(ForumThread, post.thread_id).is_held]
    cases = session.scalars(select(ReviewItem.held_for).where(ReviewItem.post_id.in_([post.id for post in held])))
    for why, number in Counter(code for held_for in cases for code in {*_codes(held_for)}).most_common():
        assertions.say(f"  {number} posts of newcomers wait: {why}")
    share = 1 - len(held) / max(1, len(posts))
    all_posts = NEWCOMERS * HONEST_POSTS
    assertions.hold("newcomers", f"{len(posts)} of {all_posts} posts were accepted", is_kept=len(posts) == all_posts)
    assertions.hold("newcomers' posts", f"{share:.0%} appeared at once", is_kept=share >= LEAST_UNHELD)
    first = first_in_queue(FIRST)
    late = [post for post in held if post.id not in first]
    assertions.hold("queue", f"{len(late)} of {len(held)} held ones are not among the first {FIRST}", is_kept=not late)


def _codes(held_for: str) -> list[str]:
    return [line.partition(":")[0] for line in held_for.splitlines()]


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="make flood ARGS=--wave", description=__doc__)
    parser.add_argument("--wave", action="store_true", help="this trial")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--spammers", type=int, default=SPAMMERS)
    parser.add_argument("--spam", type=Path, help="a folder with messages.jsonl, whose spam is posted")
    parser.add_argument("--ham", type=Path, help="a folder with messages.jsonl, whose ham is posted")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
