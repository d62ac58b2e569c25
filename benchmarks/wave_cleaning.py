"""What moderators do after a wave: look at the queue, clean up in two clicks, and undo it in one."""

import re
import sqlite3
import time
from contextlib import closing
from http.cookies import SimpleCookie
from pathlib import Path

from benchmarks.assertions import Assertions
from benchmarks.forum_under_test import Forum
from benchmarks.wave_people import Person, hidden_fields
from forum.archive import check
from forum.infra.database.db import session, transaction
from forum.members.credentials import sessions
from forum.models import Member
from forum.moderation import queue
from tests.factories import a_member

KEEPER = "wave moderator"
LIST = "/moderation/newcomers"
PATIENCE = 300.0  # seconds until the jobs must have done all of it
_TICKED = re.compile(r'<input type="checkbox" name="(member_\d+)" value="yes" checked>')
NEWEST_WAVE = "SELECT max(entry_id) FROM spam_wave"
UNFINISHED = """
SELECT (SELECT count(*) FROM spam_wave WHERE step <> '') + count(*) FROM spam_cleaning WHERE step <> ''
"""
STATE = {
    "posts": "SELECT id, thread_id, position, visibility, source, html FROM post ORDER BY id",
    "threads": "SELECT id, board_id, visibility, title, reply_count, last_post_id FROM thread ORDER BY id",
    "boards": "SELECT id, thread_count, post_count FROM board ORDER BY id",
    "members": "SELECT id, message_count FROM member ORDER BY id",
    "bans": "SELECT member_id, kind, reason FROM sanction WHERE ended_at IS NULL ORDER BY id",
    "waiting": "SELECT post_id FROM review_item WHERE decided_at IS NULL ORDER BY id",
    "samples": "SELECT post_id, is_spam FROM spam_sample WHERE is_spam IS NOT NULL ORDER BY post_id",
}
PUBLIC_OF_BANNED = (
    "SELECT count(*) FROM post JOIN thread ON thread.id = post.thread_id JOIN sanction ON member_id = author_id"
    " WHERE post.visibility = 0 AND thread.visibility = 0 AND sanction.ended_at IS NULL AND sanction.kind = 'ban'"
)


def moderator() -> str:
    """The session cookie of a new moderator."""
    with transaction():
        return sessions.start(a_member(KEEPER, role="moderator"), persistent=True)


def first_in_queue(number: int) -> set[int]:
    """The ids of the posts that come first in the queue, as moderators see it."""
    keeper = session.query(Member).filter_by(username=KEEPER).one()
    found = list[int]()
    for page in range(1, -(-number // queue.ITEMS_PER_PAGE) + 1):
        found += [item.post_id for item in queue.waiting(keeper, page)[0] if item.post_id is not None]
    return set(found[:number])


def clean_and_undo(assertions: Assertions, forum: Forum, port: int, cookie: str) -> None:
    """Clean up after those who are ticked by themselves, and undo it; the numbers must be exact after both."""
    keeper = Person(KEEPER, port, ["192.0.2.250"], cookies=SimpleCookie(f"forum_session={cookie}"))
    before = _state(forum)
    page = keeper.ask("GET", LIST)[1]
    ticked = dict.fromkeys(_TICKED.findall(page), "yes")
    if not ticked:
        assertions.hold("cleaned by two clicks", "nobody is ticked", is_kept=False)
        return
    sure = keeper.ask("POST", LIST, hidden_fields(page, action=LIST) | ticked)[1]
    began = time.monotonic()
    is_begun = keeper.send(f"{LIST}/clean", hidden_fields(sure, action=f"{LIST}/clean") | {"reason": "Spam"})
    if not is_begun:
        assertions.hold("cleaned by two clicks", f"refused: {keeper.refusals[-1]}", is_kept=False)
        return
    _wait(forum)
    took = time.monotonic() - began
    left = _one(forum, PUBLIC_OF_BANNED)
    words = f"{len(ticked)} members in {took:.0f} s, {left} of their posts left public"
    assertions.hold("cleaned by two clicks", words, is_kept=not left and bool(ticked))
    path = f"{LIST}/{_one(forum, NEWEST_WAVE)}"
    if not keeper.send(f"{path}/undo", hidden_fields(keeper.ask("GET", path)[1], action=f"{path}/undo")):
        assertions.hold("undone by one", f"refused: {keeper.refusals[-1]}", is_kept=False)
        return
    _wait(forum)
    after = _state(forum)
    differing = [name for name in STATE if before[name] != after[name]]
    assertions.hold("undone by one", f"differs: {differing}" if differing else "all as before", is_kept=not differing)
    with forum.app.app_context():
        faults = [str(fault) for fault in check.check()]
        session.remove()
    assertions.hold("counters", "; ".join(faults[:3]) or "all correct", is_kept=not faults)


def _state(forum: Forum) -> dict[str, list[tuple[object, ...]]]:
    """What undoing must bring back."""
    with closing(sqlite3.connect(_database(forum))) as database:
        return {name: database.execute(query).fetchall() for name, query in STATE.items()}


def _wait(forum: Forum) -> None:
    """Wait until neither a wave nor a cleaning has anything left to do."""
    end = time.monotonic() + PATIENCE
    with closing(sqlite3.connect(_database(forum))) as database:
        while database.execute(UNFINISHED).fetchone()[0] and time.monotonic() < end:
            time.sleep(0.2)


def _one(forum: Forum, query: str) -> int:
    with closing(sqlite3.connect(_database(forum))) as database:
        return int(database.execute(query).fetchone()[0])


def _database(forum: Forum) -> Path:
    return Path(forum.environment["FORUM_DATA"]) / "forum.sqlite3"
