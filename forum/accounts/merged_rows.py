"""Move a member's rows to the account with which theirs is merged, by the declared rules."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from forum.accounts.erased_rows import delete_slice, recount_conversations, recount_unseen
from forum.infra import clock
from forum.infra.database.db import Model, session
from forum.models import (
    ConversationMember,
    ConversationMessage,
    Invitation,
    LogChange,
    LogEntry,
    Member,
    MessageReaction,
    Notification,
    Report,
    ReviewItem,
    ReviewNote,
    Sanction,
)
from forum.notifications.actions import forget
from forum.notifications.kinds import MESSAGE_REACTION

SLICE_ROWS, SCANNED_ROWS = 50, 1000
COUNTS = {
    "message_count": "base_message_count",
    "positive_reactions": "base_positive_reactions",
    "negative_reactions": "base_negative_reactions",
}
# Columns of which the greater value stays where both have a row, NULL the greatest; else the target's row stays.
GREATER: Mapping[str, tuple[str, ...]] = {
    "thread_read": ("position", "read_at"),
    "board_read": ("read_at",),
    "group_membership": ("until",),
    "conversation_member": ("read_position", "left_at"),
}


def drop_rows(name: str, _: int, member: Member, __: Member) -> int | None:
    """Delete the next rows of a column that are worth nothing to the target."""
    table_name, column = name.split(".")
    return 0 if delete_slice(table_name, column, member) else None


def move_rows(name: str, after: int, member: Member, target: Member) -> int | None:
    """Move the next rows that name the member in a column."""
    table_name, column = name.split(".")
    table = Model.metadata.tables[table_name]
    keys, reached = _next_rows(table, column, after, member)
    for key in keys:
        _move(table, column, dict(key), member, target)
    if keys and table_name == "notification":
        _forget_own_reactions(target)
        for each in (member, target):
            recount_unseen(each)
    if keys and table_name == ConversationMember.__tablename__:
        for each in (member, target):
            recount_conversations(each)
    if table_name == MessageReaction.__tablename__:
        _drop_reactions_to_own(target)
        _forget_own_reactions(target)
    return reached


def _drop_reactions_to_own(target: Member) -> None:
    """Delete the target's reactions to messages that have become their own."""
    own = select(ConversationMessage.id).where(ConversationMessage.author_id == target.id)
    theirs = delete(MessageReaction).where(MessageReaction.member_id == target.id, MessageReaction.message_id.in_(own))
    session.execute(theirs, execution_options={"synchronize_session": False})


def _forget_own_reactions(target: Member) -> None:
    """Delete what one of the accounts was told of the other's reactions to its messages."""
    own = (Notification.member_id == target.id) & (Notification.actor_id == target.id)
    forget(own & (Notification.kind == MESSAGE_REACTION.name))


def _next_rows(table: Table, column: str, after: int, member: Member) -> tuple[list[Any], int | None]:
    """The keys of the next rows, and the position reached; without an index, a part of the table is looked through."""
    is_theirs, keys = table.c[column] == member.id, list(table.primary_key.columns)
    indexes = [list(index.columns) for index in table.indexes]
    if any(columns[0].name == column for columns in [keys, *indexes]):
        found = session.execute(select(*keys).where(is_theirs).limit(SLICE_ROWS)).mappings().all()
        return list(found), 0 if found else None
    first, upto = keys[0], after + SCANNED_ROWS
    found = session.execute(select(*keys).where(first > after, first <= upto, is_theirs)).mappings().all()
    return list(found), upto if upto < (session.scalar(select(func.max(first))) or 0) else None


def _move(table: Table, column: str, key: dict[str, Any], member: Member, target: Member) -> None:
    """Move a row; if the target has one of its own, merge the two."""
    if table.name == Invitation.__tablename__:
        _move_invitation(column, key["id"], member, target)
        return
    row = [table.c[name] == value for name, value in key.items()]
    values: dict[str, Any] = {column: target.id}
    try:
        with session.begin_nested():
            session.execute(update(table).where(*row).values(values))
        return
    except IntegrityError:
        if table.name == Sanction.__tablename__:
            _merge_sanction(key["id"], target)
            return
        if table.name == ReviewItem.__tablename__:
            _merge_case(key["id"], target)
            return
    for name in GREATER.get(table.name, ()):
        mine = select(table.c[name]).where(*row).scalar_subquery()
        others = [table.c[part] == (target.id if part == column else value) for part, value in key.items()]
        is_less = or_(table.c[name] < mine, mine.is_(None))
        session.execute(update(table).where(*others, is_less).values({name: mine}))
    session.execute(delete(table).where(*row))


def _merge_sanction(sanction_id: int, target: Member) -> None:
    """Move a sanction while the target has one like it: of the two only the longer stays open."""
    moved = session.get_one(Sanction, sanction_id, populate_existing=True)
    same = (Sanction.member_id == target.id, Sanction.kind == moved.kind, Sanction.scope == moved.scope)
    other = session.scalars(select(Sanction).where(*same, Sanction.ended_at.is_(None))).one()
    is_longer = other.until is not None and (moved.until is None or moved.until > other.until)
    (other if is_longer else moved).ended_at = clock.now()
    session.flush()
    moved.member_id = target.id
    session.flush()


def _merge_case(item_id: int, target: Member) -> None:
    """Let the reports and notes of an open case about the member join those of the target's; a double report goes."""
    moved = session.get_one(ReviewItem, item_id, populate_existing=True)
    same = (
        *(ReviewItem.member_id == target.id, ReviewItem.kind == moved.kind),
        *(ReviewItem.post_id.is_(None), ReviewItem.message_id.is_(None)),
    )
    other = session.scalars(select(ReviewItem.id).where(*same, ReviewItem.decided_at.is_(None))).one()
    known = select(Report.member_id).where(Report.item_id == other)
    session.execute(update(Report).where(Report.item_id == item_id, ~Report.member_id.in_(known)).values(item_id=other))
    session.execute(update(ReviewNote).where(ReviewNote.item_id == item_id).values(item_id=other))
    session.execute(delete(ReviewItem).where(ReviewItem.id == item_id))


def _move_invitation(column: str, invitation_id: int, member: Member, target: Member) -> None:
    """Move an invitation; nobody has used it who would have two then, or have invited themselves."""
    invitation = session.get_one(Invitation, invitation_id, populate_existing=True)
    theirs = {member.id, target.id}
    is_first = session.scalar(select(Invitation.id).where(Invitation.used_by_id == target.id)) is None
    if column == "inviter_id":
        invitation.inviter_id = target.id
        if invitation.used_by_id in theirs:
            invitation.used_by_id = None
    else:
        invitation.used_by_id = target.id if is_first and invitation.inviter_id not in theirs else None
    session.flush()


def move_log(_: int, member: Member, target: Member) -> int | None:
    """Let the next entries of the log about the member be about the target."""
    theirs = select(LogEntry.id).where(LogEntry.target == f"member:{member.id}").limit(SLICE_ROWS)
    ids = session.scalars(theirs).all()
    session.execute(delete(LogChange).where(LogChange.entry_id.in_(ids)))  # it would be undone for another account
    session.execute(update(LogEntry).where(LogEntry.id.in_(ids)).values(target=f"member:{target.id}"))
    return 0 if ids else None
