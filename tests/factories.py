"""Factories for test data that read as English: a_thread(by=anna)."""

from datetime import datetime
from itertools import count

from forum.archive import check
from forum.archive.role_lists import OPEN, list_of_roles, store_list
from forum.conversations import actions as conversations
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.password import hash_password
from forum.infra.text.messages import one_line
from forum.members import sanctions
from forum.members.rules import username_key
from forum.models import (
    AccessLevel,
    Board,
    BuiltInGroup,
    Conversation,
    Group,
    GroupMembership,
    IgnoredMember,
    Mail,
    Member,
    Notification,
    Post,
    PreparedReason,
    Sanction,
    Thread,
    Visibility,
    WarningKind,
    WarningThreshold,
)
from forum.site.access import AccessEntry
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


def forget_password_hashes() -> None:
    """Hash passwords anew, as their cost has changed."""
    _HASHES.clear()


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
        "email_verified_at": clock.now(),
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


def news_for(member: Member, subject: str = "News", **more: object) -> Mail:
    """A queued message about something new that a member was told of."""
    now, kind, number = clock.now(), "decision", next(_number)
    told: dict[str, object] = {"kind": kind, "subject_type": kind, "subject_id": number}
    told["group_key"] = f"{kind}:{number}"
    notification = Notification(member_id=member.id, details={"title": subject}, created_at=now, **told)
    session.add(notification)
    session.flush()
    values: dict[str, object] = {"recipient": "", "body": "", "created_at": now, "try_after": now}
    about: dict[str, object] = {"member_id": member.id, "kind": kind, "notification_id": notification.id}
    mail = Mail(subject=subject, **about, **(values | more))
    session.add(mail)
    session.flush()
    return mail


def ignored(by: Member, *members: Member) -> None:
    """Let a member ignore others."""
    session.add_all(IgnoredMember(member_id=by.id, ignored_id=member.id, created_at=clock.now()) for member in members)
    session.flush()
    session.expire(by, ["ignored_ids"])


def a_ban(member: Member, *, reason: str = "", until: datetime | None = None, by: Member | None = None) -> Sanction:
    """A ban of a member, by the operator unless `by` is given."""
    sanctions.impose_ban(by, member, reason=reason, until=until)
    found = sanctions.ban_of(member)
    assert found is not None
    return found


def a_warning_kind(*, points: int = 1, days: int | None = 30, is_active: bool = True) -> WarningKind:
    """A kind of warning."""
    kind = WarningKind(title=f"Kind {next(_number)}", points=points, days=days, text="Please stop.")
    kind.is_active = is_active
    session.add(kind)
    session.flush()
    return kind


def a_threshold(points: int, act: str, *, days: int | None) -> WarningThreshold:
    """What happens to members whose points reach a number."""
    threshold = WarningThreshold(points=points, act=act, days=days)
    session.add(threshold)
    session.flush()
    return threshold


def a_prepared_reason(title: str, text: str, *, rule: str = "", acts: tuple[str, ...] = ("delete",)) -> PreparedReason:
    """A prepared reason that is offered for some acts."""
    reason = PreparedReason(title=title, text=text, rule=rule, **{f"for_{act}": True for act in acts})
    session.add(reason)
    session.flush()
    bump_version()
    return reason


def a_board(
    title: str | None = None, *, audience: str | None = None, posters: str | None = None, **more: object
) -> Board:
    """A board with its parent's access list, or with one that begins with the roles `audience` and `posters`."""
    board = Board(title=one_line(title or f"Board {next(_number)}"), **more)
    session.add(board)
    session.flush()
    if audience or posters:
        store_list(board.id, list_of_roles(audience or OPEN[0], posters or OPEN[1]))
        session.refresh(board)
    bump_version()
    return board


def a_list(board: Board, *entries: AccessEntry) -> None:
    """Give a board that has none an access list of its own."""
    store_list(board.id, entries)
    session.refresh(board)
    bump_version()


def an_entry(
    group: Group, level: AccessLevel = AccessLevel.START, *, moderates: bool = False, own_threads_only: bool = False
) -> AccessEntry:
    """An entry of an access list."""
    return AccessEntry(group.id, level, moderates, own_threads_only)


def a_group(title: str | None = None, *members: Member, until: datetime | None = None) -> Group:
    """A group with members."""
    number = next(_number)
    group = Group(title=title or f"Group {number}", order=len(BuiltInGroup) + number)
    session.add(group)
    session.flush()
    for member in members:
        join(member, group, until=until)
    return group


def join(member: Member, group: Group, *, until: datetime | None = None) -> None:
    """Put a member into a group."""
    session.add(GroupMembership(member_id=member.id, group_id=group.id, created_at=clock.now(), until=until))
    session.flush()
    session.expire(member, ["joined_groups"])


def a_thread(
    *, by: Member | None = None, board: Board | None = None, title: str | None = None, body: str | None = None
) -> Thread:
    """A thread with its first post."""
    number = next(_number)
    starter = by or a_member()
    return threads.start_thread(
        starter, board or a_board(), title=title or f"Thread number {number}", body=body or f"First words, {number}."
    )


def hide(*items: Thread | Post, visibility: Visibility) -> None:
    """Write a visibility that no action writes yet, with the counters, but not the index: queries look again."""
    for item in items:
        item.visibility = visibility
    session.flush()
    check.repair()


def a_post(*, thread: Thread | None = None, by: Member | None = None, body: str | None = None) -> Post:
    """A reply."""
    number = next(_number)
    return threads.reply(by or a_member(), thread or a_thread(), body=body or f"Some words, {number}.")


def a_conversation(by: Member, *others: Member, title: str = "Between us", body: str | None = None) -> Conversation:
    """A conversation with its first message."""
    names = ",".join(member.username for member in others)
    return conversations.start(by, names=names, title=title, body=body or f"In private, {next(_number)}.")
