"""Erase a member's own rows, and their traces in the log."""

import json
from collections.abc import Collection

from sqlalchemy import delete, func, select, tuple_, update

from forum.accounts.name_replacement import NameReplacement
from forum.accounts.personal_data import RULES, Erase
from forum.infra.database.db import Model, session
from forum.models import AccountErasure, Conversation, ConversationMember, LogChange, LogEntry, Member, Notification

SLICE_ROWS, SLICE_ENTRIES = 200, 500


def delete_rows(erasure: AccountErasure, member: Member) -> int | None:
    """Delete the next rows that are the member's alone."""
    for name, rule in RULES.items():
        if rule.erase is not Erase.DELETE:
            continue
        table_name, column = name.split(".")
        if delete_slice(table_name, column, member):
            return 0
    return None


def delete_slice(table_name: str, column: str, member: Member) -> bool:
    """Delete the next rows of a table; False if there are none."""
    table = Model.metadata.tables[table_name]
    is_theirs = table.c[column] == member.id
    others = [part for part in table.primary_key.columns if part.name != column] or [table.c[column]]
    found = session.execute(select(*others).where(is_theirs).limit(SLICE_ROWS)).all()
    if not found:
        return False
    keys = [tuple(row) for row in found]
    chosen = tuple_(*others).in_(keys) if len(others) > 1 else others[0].in_([key[0] for key in keys])
    session.execute(delete(table).where(is_theirs, chosen))
    if table_name == Notification.__tablename__:
        recount_unseen(member)
    if table_name == ConversationMember.__tablename__:
        recount_conversations(member)
    return True


def recount_unseen(member: Member) -> None:
    """Count a member's unseen notifications again."""
    unseen = select(func.count()).where(Notification.member_id == member.id, Notification.is_unseen())
    session.execute(update(Member).where(Member.id == member.id).values(unseen_notifications=unseen.scalar_subquery()))


def recount_conversations(member: Member) -> None:
    """Count the member's unread conversations again."""
    theirs = (ConversationMember.member_id == member.id, ConversationMember.left_at.is_(None))
    unread = select(func.count()).select_from(ConversationMember).join(ConversationMember.conversation)
    unread = unread.where(*theirs, ConversationMember.read_position < Conversation.last_position)
    changed = update(Member).where(Member.id == member.id).values(unread_conversations=unread.scalar_subquery())
    session.execute(changed)


def clean_log(erasure: AccountErasure, member: Member) -> int | None:
    """Remove IP addresses from entries by and about the member, what they named, and their names from all."""
    names = NameReplacement(member.id, erasure.names.splitlines(), member.username)
    entries = select(LogEntry).where(LogEntry.id > erasure.done_to).order_by(LogEntry.id).limit(SLICE_ENTRIES)
    reached, found = None, session.scalars(entries).all()
    _forget_changes(found, names, target=f"member:{member.id}")
    for entry in found:
        reached, is_about = entry.id, entry.target == f"member:{member.id}"
        if is_about or entry.actor_id == member.id:
            entry.address = ""
        private = _private_details(erasure, entry) if entry.actor_id == member.id else ()
        kept = {
            name: value
            for name, value in entry.details.items()
            if name not in private and not (is_about and isinstance(value, str))
        }
        clean = {name: names.in_words(value) if isinstance(value, str) else value for name, value in kept.items()}
        if clean != entry.details:
            entry.details = clean
    session.flush()
    return reached


def _forget_changes(entries: Collection[LogEntry], names: NameReplacement, *, target: str) -> None:
    """Forget the exact values of changes of the member, or with one of their names: they cannot be undone any more."""
    about = {entry.id for entry in entries if entry.target == target}
    changes = select(LogChange).where(LogChange.entry_id.in_([entry.id for entry in entries]))
    for change in session.scalars(changes):
        text = json.dumps([change.was, change.now], ensure_ascii=False)
        if change.entry_id in about or names.in_words(text) != text:
            session.delete(change)


def _private_details(erasure: AccountErasure, entry: LogEntry) -> tuple[str, ...]:
    """The details of an entry by the member that are their own words."""
    if entry.action == "make-token":
        return ("name",)
    return ("was", "title") if entry.action == "edit-title" and erasure.deletes_posts else ()
