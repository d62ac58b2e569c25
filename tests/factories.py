"""Factories for test data that read as English: a_thread(by=anna)."""

from datetime import datetime
from itertools import count

from forum.boards.inheritance import update_effective_audiences
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.password import hash_password
from forum.infra.text.messages import one_line
from forum.members import sanctions
from forum.members.rules import username_key
from forum.models import Board, Member, Post, Sanction, Thread
from forum.site.actions import bump_version
from forum.threads import actions as threads

PASSWORD = "correct horse battery staple"
# Cached: hashing a password for each member would take most of a test's time.
_HASHES: dict[str, str] = {}
_number = count(1)


def password_hash(password: str = PASSWORD) -> str:
    """The hash of a password."""
    if password not in _HASHES:
        _HASHES[password] = hash_password(password)
    return _HASHES[password]


def a_member(name: str | None = None, *, role: str = "member", password: str = PASSWORD, **more: object) -> Member:
    """A member past the newcomer limits."""
    number = next(_number)
    username = name or f"member {number}"
    fields: dict[str, object] = {
        "username": username,
        "username_key": username_key(username),
        "email": f"m{number}@example.org",
        "email_key": f"m{number}@example.org",
        "password_hash": password_hash(password),
        "role": role,
        "joined_at": clock.now(),
        "base_message_count": 100,
        "message_count": 100,
    }
    member = Member(**(fields | more))
    session.add(member)
    session.flush()
    return member


def a_newcomer(name: str | None = None) -> Member:
    """A member who has not written anything yet."""
    return a_member(name, base_message_count=0, message_count=0)


def a_ban(member: Member, *, reason: str = "", until: datetime | None = None, by: Member | None = None) -> Sanction:
    """A ban of a member, by the operator unless `by` is given."""
    sanctions.impose_ban(by, member, reason=reason, until=until)
    found = sanctions.ban_of(member)
    assert found is not None
    return found


def a_board(title: str | None = None, **more: object) -> Board:
    """A board that guests can read and members post in."""
    board = Board(title=one_line(title or f"Board {next(_number)}"), **more)
    session.add(board)
    session.flush()
    update_effective_audiences()
    bump_version()
    return board


def a_thread(
    *, by: Member | None = None, board: Board | None = None, title: str | None = None, body: str | None = None
) -> Thread:
    """A thread with its first post."""
    number = next(_number)
    starter = by or a_member()
    return threads.start_thread(
        starter, board or a_board(), title=title or f"Thread number {number}", body=body or f"First words, {number}."
    )


def a_post(*, thread: Thread | None = None, by: Member | None = None, body: str | None = None) -> Post:
    """A reply."""
    number = next(_number)
    return threads.reply(by or a_member(), thread or a_thread(), body=body or f"Some words, {number}.")
