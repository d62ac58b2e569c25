"""Bring back the parts of a cleaning: only what is still as it left it, so that what others did meanwhile stays."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import aliased

from forum import page_versions, permissions
from forum.audit_log import Change, record, undoing
from forum.boards.queries import find_board
from forum.decisions import earlier
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.members import sanctions
from forum.models import BlockedLink, LogChange, LogEntry, Member, Post, PostRevision, Thread, Visibility
from forum.models.discussion.visibility import DELETED
from forum.moderation import tools
from forum.moderation.cleaning import addresses, cases, reactions, removing, teaching
from forum.search.index import actions as search
from forum.spam import blocked_links
from forum.threads import counters
from forum.threads.counters import PlacedPost

DELETE_POST = "delete-post"
RESTORED = "restore-part"  # the log's action for what has no own


class Part(NamedTuple):
    """An entry of a cleaning, with the values before it and after it, and the thread of its post now."""

    entry: LogEntry
    was: Mapping[str, Any]
    now: Mapping[str, Any]
    thread_id: int | None = None

    @property
    def number(self) -> int:
        """The id in its target."""
        return int(self.entry.target.rpartition(":")[2])


def parts_before(batch_id: int, entry_id: int, *, most: int) -> list[Part]:
    """The last parts of a cleaning before an entry that are not undone yet, the last first."""
    later = aliased(LogChange)
    found = select(LogEntry, LogChange.was, LogChange.now).join(LogChange, LogChange.entry_id == LogEntry.id)
    found = found.where(LogEntry.batch_id == batch_id, LogEntry.id < entry_id)
    found = found.where(~exists().where(later.undoes_id == LogEntry.id))
    rows = session.execute(found.order_by(LogEntry.id.desc()).limit(most)).all()
    parts = [Part(*row) for row in rows]
    posts = {part.number for part in parts if part.entry.target.startswith("post:")}
    places = select(Post.id, Post.thread_id).where(in_list(Post.id, posts))
    threads = {row.id: row.thread_id for row in session.execute(places)} if posts else {}
    return [part._replace(thread_id=threads.get(part.number)) if _is_of_post(part) else part for part in parts]


def _is_of_post(part: Part) -> bool:
    return part.entry.target.startswith("post:")


def together(parts: Sequence[Part], *, most: int) -> Sequence[Part]:
    """The first of some parts, with those after it that are restored in one go: deleted posts."""
    posts = list(takewhile(lambda part: part.entry.action == DELETE_POST, parts))
    return posts[:most] or parts[:1]


def restore(actor: Member, member: Member, parts: Sequence[Part]) -> int:
    """Restore one part, or several deleted posts; returns how many were as the cleaning had left them."""
    first = parts[0]
    if first.entry.action == DELETE_POST:
        return _restore_posts(actor, member, parts)
    with undoing(first.entry):
        return int(_RESTORE[first.entry.action](actor, member, first))


def _lock(actor: Member, thread_id: int | None) -> Thread | None:
    """A thread, locked, if it still exists. Raises Forbidden if the actor does not moderate it."""
    thread = removing.find_thread(thread_id) if thread_id is not None else None
    if thread is not None:
        page_versions.lock_thread(thread)
        permissions.require(permissions.may_moderate(actor, thread))
    return thread


def _restore_posts(actor: Member, member: Member, parts: Collection[Part]) -> int:
    """Bring back posts that are still deleted by these parts, in the threads that the actor moderates."""
    by_post = {part.number: part for part in parts}
    threads = removing.find_threads(sorted({part.thread_id for part in parts if part.thread_id is not None}))
    moderated = {thread_id for thread_id, each in threads.items() if permissions.may_moderate(actor, each)}
    facts = select(Post.id, Post.thread_id, Post.position, Post.deleted_at)
    facts = facts.where(in_list(Post.id, by_post), Post.visibility == Visibility.DELETED.value).order_by(Post.id)
    found = session.execute(facts.with_for_update(of=Post)).all()
    ours = [row for row in found if row.deleted_at == by_post[row.id].entry.at]
    rows = [row for row in ours if row.thread_id in moderated]
    states = {row.id: Visibility[str(by_post[row.id].was["state"]).upper()] for row in rows}
    cleared = {"deleted_at": None, "deleted_by_id": None, "delete_reason": ""}
    for state in sorted(set(states.values())):
        removing.store([row.id for row in rows if states[row.id] is state], visibility=state.value, **cleared)
    public = [PlacedPost(row.id, row.thread_id, row.position) for row in rows if states[row.id] is Visibility.PUBLIC]
    if public:
        search.index_posts([post.id for post in public])
        counters.count_deletions(threads, member.id, public, sign=1)
    for row in rows:
        _record_restored(actor, by_post[row.id], states[row.id])
    return len(rows)


def _record_restored(actor: Member, part: Part, state: Visibility) -> None:
    was = {"state": DELETED, "reason": part.entry.details.get("reason", "")}
    with undoing(part.entry):
        change = Change(was, {"state": state.name.lower()})
        record("undelete-post", actor=actor, target=part.entry.target, change=change)


def _restore_thread(actor: Member, _: Member, part: Part) -> bool:
    thread = _lock(actor, part.number)
    if thread is None or not thread.is_deleted or thread.deleted_at != part.entry.at:
        return False
    state = Visibility[str(part.was["state"]).upper()]
    if state is Visibility.PUBLIC:
        tools.undelete_thread(actor, thread)
    else:
        tools.restore_hidden_thread(actor, thread, state)
    return True


def _move_back(actor: Member, _: Member, part: Part) -> bool:
    thread = _lock(actor, part.number)
    if thread is None or thread.board_id != part.now["board_id"]:
        return False
    tools.move_thread(actor, thread, board=find_board(actor, part.was["board_id"]))
    return True


def _restore_text(actor: Member, _: Member, part: Part) -> bool:
    """Give a first post its text again, as if it had not been edited."""
    thread, number = _lock(actor, part.thread_id), part.now["revision"]
    post = session.get(Post, part.number, populate_existing=True) if thread is not None else None
    kept = (PostRevision.post_id == part.number, PostRevision.number == number)
    source = session.scalar(select(PostRevision.source).where(*kept))
    is_same = post is not None and post.revision_count == number and post.source == removing.REMOVED_TEXT
    if thread is None or post is None or source is None or not is_same:
        return False
    session.execute(delete(PostRevision).where(*kept), execution_options={"synchronize_session": False})
    post.revision_count, post.editor_id = part.was["revision"], part.was["editor_id"]
    edited_at = part.was["edited_at"]
    post.edited_at = datetime.fromisoformat(edited_at) if edited_at else None
    removing.store_text(thread, post, source)
    _record_part(actor, part)
    return True


def _restore_reactions(actor: Member, member: Member, part: Part) -> bool:
    restored = reactions.restore(member.id, part.was["reactions"])
    _record_part(actor, part, number=restored)
    return restored == len(part.was["reactions"])


def _reopen_case(actor: Member, _: Member, part: Part) -> bool:
    is_open = cases.open_again(dict(part.was), dict(part.now))
    if is_open:
        _record_part(actor, part)
    return is_open


def _forget(actor: Member, _: Member, part: Part) -> bool:
    forgotten = teaching.forget(dict(part.was), dict(part.now))
    _record_part(actor, part, number=forgotten)
    return forgotten == len(part.now["samples"])


def _unban(actor: Member, member: Member, part: Part) -> bool:
    """Put the earlier ban, or none, in place of the cleaning's, unless somebody has changed that."""
    ban = sanctions.ban_of(member)
    if ban is None or sanctions.kept_ban(member) != part.now or ban.created_at > part.entry.at:
        return False
    before = earlier.lasting(part.was["ban"])
    if before is None:
        sanctions.unban(actor, member)
    else:
        sanctions.ban(actor, member, reason=before.reason, until=before.until)
    return True


def _unblock_link(actor: Member, _: Member, part: Part) -> bool:
    row = session.get(BlockedLink, part.number, populate_existing=True)
    if row is None or blocked_links.kept_block(row.id) != part.now:
        return False
    until = part.was["until"]
    blocked_links.set_until(actor, row, datetime.fromisoformat(until) if until else None)
    return True


def _allow_address(actor: Member, _: Member, part: Part) -> bool:
    return addresses.allow_again(actor, part.number)


def _record_part(actor: Member, part: Part, **details: object) -> None:
    """Note that a part is undone, so that it is not undone again."""
    record(RESTORED, actor=actor, target=part.entry.target, change=Change({}, {}), act=part.entry.action, **details)


_RESTORE: Mapping[str, Callable[[Member, Member, Part], bool]] = {
    "delete-thread": _restore_thread,
    "move-thread": _move_back,
    "edit-post": _restore_text,
    "remove-reactions": _restore_reactions,
    "settle-case": _reopen_case,
    "teach-spam": _forget,
    "ban": _unban,
    "block-link": _unblock_link,
    "block-signup": _allow_address,
}
