"""Stop mails by a link in them, without logging in: of one kind, of one thread or board, or all.

A token's scope is a kind; "watched_thread.7" of a mail about a watched thread, "watched_board.3" of one about a board.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import delete, select

from forum import permissions
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import current_settings, session
from forum.infra.errors import NotFound
from forum.infra.text.messages import Message, say
from forum.mail.tokens import UNSUBSCRIBE, read_token, token_for
from forum.models import (
    Board,
    BoardWatch,
    Channel,
    Member,
    Notification,
    NotificationChoice,
    Thread,
    ThreadWatch,
    WatchLevel,
)
from forum.models.notifications.choice import ALL_KINDS
from forum.notifications.choices import is_default
from forum.notifications.kinds import KINDS
from forum.watching.queries import chosen_for_thread, watches_of

ALL = ALL_KINDS
PLACE, KIND = "place", "kind"  # what is stopped, besides ALL
NOT_A_LINK = say("This link is not complete, or not of this forum. Copy the whole address from the e-mail.")


class Other(NamedTuple):
    """Mails that are not about notifications, such as digests; the functions take the id of a member."""

    label: Message
    stop: Callable[[int], None]
    start_again: Callable[[int], None]
    is_stopped: Callable[[int], bool]


Others = Mapping[str, Other]  # by the scope of their tokens


@dataclass(frozen=True)
class Link:
    """Of what a link in a mail is: the member, a kind (or ALL), and a thread or a board."""

    member: Member
    kind: str
    place: Thread | Board | None = None  # that the member may see
    other: Other | None = None

    @property
    def label(self) -> Message:
        """The kind in words."""
        if self.other is not None:
            return self.other.label
        return KINDS[self.kind].label if self.kind in KINDS else say("All that happens")

    @property
    def offered(self) -> tuple[str, ...]:
        """What can be stopped, the first by one click in a mail client."""
        kinds = (KIND,) if self.kind != ALL else ()
        return (*kinds, *((PLACE,) if self.place is not None else ()), ALL)


def token_of(member_id: int, notification: Notification) -> str:
    """The token for the links of a mail about a notification."""
    scope, post = notification.kind.replace("-", "."), notification.post
    if post is not None and notification.kind == "watched_thread":
        scope += f".{post.thread_id}"
    elif post is not None and notification.kind == "watched_board":
        scope += f".{post.thread.board_id}"
    return token_for(member_id, UNSUBSCRIBE, scope)


def address_of(token: str) -> str:
    """The address that is in a mail."""
    return f"{current_settings().base_url}/unsubscribe/{token}"


def find_link(token: str, others: Others) -> Link:
    """What a token is for. Raises NotFound."""
    try:
        signed = read_token(token, UNSUBSCRIBE)
    except NotFound as error:
        raise NotFound(NOT_A_LINK) from error
    member = session.get_one(Member, signed.member_id)
    name, _, number = signed.scope.rpartition(".")
    kind, place = (name, int(number)) if number.isdecimal() else (signed.scope, 0)
    return Link(member, kind.replace(".", "-"), _place(member, kind, place) if place else None, others.get(kind))


def _place(member: Member, kind: str, place_id: int) -> Thread | Board | None:
    if kind == "watched_thread":
        thread = session.get(Thread, place_id)
        return thread if thread is not None and permissions.may_see_thread(member, thread) else None
    board = session.get(Board, place_id)
    return board if board is not None and permissions.may_see_board(member, board) else None


def stop(link: Link, what: str) -> None:
    """Stop mails of what is meant; the member is still told on the site. Twice is the same as once."""
    if what == PLACE:
        _watch(link, WatchLevel.MAIL, WatchLevel.SITE)
    elif what == KIND and link.other is not None:
        link.other.stop(link.member.id)
    else:
        _choose(link.member, ALL if what == ALL else link.kind, is_on=False)


def start_again(link: Link, what: str) -> None:
    """Undo `stop`."""
    if what == PLACE:
        _watch(link, WatchLevel.SITE, WatchLevel.MAIL)
    elif what == KIND and link.other is not None:
        link.other.start_again(link.member.id)
    else:
        _choose(link.member, ALL if what == ALL else link.kind, is_on=True)


def is_stopped(link: Link, what: str) -> bool:
    """Whether no mail comes of what is meant, for whatever reason."""
    if what == PLACE:
        return _level(link) != WatchLevel.MAIL
    if what == KIND and link.other is not None:
        return link.other.is_stopped(link.member.id)
    return not _chosen(link.member, ALL if what == ALL else link.kind)


def set_all_mail(member: Member, *, is_on: bool) -> None:
    """Let a member have mail of what happens, or none of any kind."""
    _choose(member, ALL, is_on=is_on)


def gets_mail(member: Member) -> bool:
    """Whether a member has not stopped all mail."""
    return _chosen(member, ALL)


def _level(link: Link) -> str:
    """What counts for the thread or the board."""
    boards = watches_of(link.member)
    if isinstance(link.place, Thread):
        return chosen_for_thread(link.member, link.place) or boards.of_thread_in(link.place.board_id)
    return boards.choice_for(link.place.id).level if link.place is not None else WatchLevel.OFF


def _watch(link: Link, before: WatchLevel, level: WatchLevel) -> None:
    """Choose a level for the thread or the board, if another one counts there."""
    if link.place is None or _level(link) != before:
        return
    row = {"member_id": link.member.id, "level": level.value, "changed_at": clock.now()}
    if isinstance(link.place, Thread):
        statement, key = insert_into(ThreadWatch).values(**row, thread_id=link.place.id), "thread_id"
    else:
        told_of = watches_of(link.member).choice_for(link.place.id).told_of
        statement, key = insert_into(BoardWatch).values(**row, board_id=link.place.id, told_of=told_of), "board_id"
    changed = {name: statement.excluded[name] for name in ("level", "changed_at")}
    session.execute(statement.on_conflict_do_update(index_elements=["member_id", key], set_=changed))
    link.member.watches = None


def _chosen(member: Member, kind: str) -> bool:
    choice = select(NotificationChoice.is_on).filter_by(member_id=member.id, kind=kind, channel=Channel.MAIL.value)
    stored = session.scalar(choice)
    return _default(kind) if stored is None else stored


def _default(kind: str) -> bool:
    return kind not in KINDS or is_default(KINDS[kind], Channel.MAIL)


def _choose(member: Member, kind: str, *, is_on: bool) -> None:
    row = {"member_id": member.id, "kind": kind, "channel": Channel.MAIL.value}
    if is_on == _default(kind):
        session.execute(delete(NotificationChoice).filter_by(**row))
        return
    statement = insert_into(NotificationChoice).values(**row, is_on=is_on)
    session.execute(statement.on_conflict_do_update(index_elements=[*row], set_={"is_on": is_on}))
