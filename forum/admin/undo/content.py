"""How acts on threads and posts are undone, and who may: those who may do the act."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from forum import page_versions, permissions
from forum.admin.undo.kinds import IS_GONE, UndoKind, Values, target_id
from forum.boards.queries import find_board
from forum.decisions.actions import Grounds
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import LogChange, LogEntry, Member, Post, PostRevision, Right, Thread, Visibility
from forum.models.discussion.visibility import DELETED
from forum.moderation import edits, post_tools, tools
from forum.threads import actions
from forum.verdicts import YES, Verdict

PutThread = Callable[[Member, Thread, Values], None]


def _thread(entry: LogEntry) -> Thread | None:
    return _threads([target_id(entry)]).get(target_id(entry)) if entry.target.startswith("thread:") else None


def _threads(ids: Collection[int]) -> dict[int, Thread]:
    found = select(Thread).join(Thread.board).where(in_list(Thread.id, ids)).options(contains_eager(Thread.board))
    threads = session.scalars(found, execution_options={"populate_existing": True}) if ids else ()
    return {thread.id: thread for thread in threads}


def _post(entry: LogEntry) -> Post | None:
    return _posts([target_id(entry)]).get(target_id(entry)) if entry.target.startswith("post:") else None


def _posts(ids: Collection[int]) -> dict[int, Post]:
    found = select(Post).join(Post.thread).join(Thread.board).where(in_list(Post.id, ids))
    found = found.options(contains_eager(Post.thread).contains_eager(Thread.board))
    posts = session.scalars(found, execution_options={"populate_existing": True}) if ids else ()
    return {post.id: post for post in posts}


def thread_of(entry: LogEntry) -> Thread | None:
    """The thread that an entry is about, or that has the post which it is about."""
    post = _post(entry)
    return post.thread if post is not None else _thread(entry)


def lock(entry: LogEntry) -> None:
    """Lock what an entry is about, so that it is undone once."""
    post, thread = _post(entry), thread_of(entry)
    if thread is not None:
        page_versions.lock_thread(thread, post)


def verdicts(actor: Member, entries: Collection[LogEntry]) -> dict[int, Verdict]:
    """Whether an actor may moderate what each of these entries is about; two queries."""
    of_kind = {kind: dict(_ids_of(kind, entries)) for kind in ("thread", "post")}
    threads = _threads(set(of_kind["thread"].values()))
    by_post = {post.id: post.thread for post in _posts(set(of_kind["post"].values())).values()}
    about = {entry_id: threads.get(number) for entry_id, number in of_kind["thread"].items()}
    about |= {entry_id: by_post.get(number) for entry_id, number in of_kind["post"].items()}
    return {
        entry.id: permissions.may_moderate(actor, thread) if (thread := about.get(entry.id)) is not None else IS_GONE
        for entry in entries
    }


def _ids_of(kind: str, entries: Collection[LogEntry]) -> Iterator[tuple[int, int]]:
    for entry in entries:
        found, _, number = entry.target.partition(":")
        if found == kind and number.isdigit():
            yield entry.id, int(number)


def texts_of(actor: Member, entry: LogEntry, now: Values) -> tuple[str, str]:
    """The texts of a post before an edit and after it; empty if they are no longer kept, or the actor may not know."""
    post = _post(entry)
    if post is None or not permissions.may_see_history(actor, post):
        return "", ""
    before, after = _text_before(post, now["revision"]), _text_before(post, now["revision"] + 1)
    return before or "", (post.source if post.revision_count == now["revision"] else after) or ""


def _text_before(post: Post, revision: int) -> str | None:
    wanted = select(PostRevision.source).where(PostRevision.post_id == post.id, PostRevision.number == revision)
    return session.scalar(wanted)


def _may(actor: Member, _: Values) -> Verdict:
    return permissions.may_write(actor) and permissions.unless_lacking(actor)


def _of_thread(put: PutThread) -> UndoKind:
    def present(entry: LogEntry, now: Values) -> Values | None:
        thread = _thread(entry)
        return None if thread is None else tools.logged_values(thread, now)

    def store(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
        thread = _thread(entry)
        if thread is not None:
            put(actor, thread, was)

    return UndoKind(present, store, _may)


def _put_pin(actor: Member, thread: Thread, was: Values) -> None:
    if was["is_pinned"]:
        everywhere = was.get("is_pinned_everywhere", False)
        tools.set_pin(actor, thread, everywhere=everywhere, until=_moment(was, "pinned_until"))
    else:
        tools.unpin(actor, thread)


def _put_lock(actor: Member, thread: Thread, was: Values) -> None:
    at = _moment(was, "locks_at")
    if was["is_locked"] or at is not None:
        until, reason = _moment(was, "locked_until"), was.get("lock_reason", "")
        tools.set_lock(actor, thread, at=at, until=until, reason=reason)
    else:
        tools.unlock(actor, thread)


def _moment(values: Values, name: str) -> datetime | None:
    """A time in an entry; entries from before there were such times have none."""
    return datetime.fromisoformat(values[name]) if values.get(name) else None


def _put_board(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    thread = _thread(entry)
    if thread is not None:
        board = find_board(actor, was["board_id"])
        tools.move_thread(actor, thread, board=board, redirect_days=_redirect_days_again(entry))


def _redirect_days_again(entry: LogEntry) -> int | None:
    """For how long a move that is done again leaves a row in the old board: as the move did that an entry undid."""
    first = select(LogEntry).join(LogChange, LogChange.undoes_id == LogEntry.id).where(LogChange.entry_id == entry.id)
    found = session.scalars(first).one_or_none()
    days = found.details.get("redirect_days") if found is not None else None
    return days if isinstance(days, int) else None


def _put_slow_mode(actor: Member, thread: Thread, was: Values) -> None:
    tools.set_slow_mode(actor, thread, minutes=was["slow_minutes"])


def _put_title(actor: Member, thread: Thread, was: Values) -> None:
    actions.change_title(actor, thread, title=was["title"])


def _put_state(actor: Member, thread: Thread, was: Values) -> None:
    if was["state"] == DELETED:
        tools.delete_thread(actor, thread, reason=was["reason"])
    elif (visibility := Visibility[was["state"].upper()]) is Visibility.PUBLIC:
        tools.undelete_thread(actor, thread)
    else:
        tools.restore_hidden_thread(actor, thread, visibility)


def _put_copy(actor: Member, thread: Thread, was: Values) -> None:
    tools.delete_thread(actor, thread, reason=was["reason"], tells_starter=False)  # they did not start the copy


def _present_post(entry: LogEntry, now: Values) -> Values | None:
    post = _post(entry)
    if post is None:
        return None
    if "revision" not in now:
        return {name: getattr(post, name) for name in now}
    return {"revision": post.revision_count} if _text_before(post, now["revision"]) else None


def _put_post_state(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    post = _post(entry)
    if post is not None and was["state"] == DELETED:
        actions.delete_post(actor, post, reason=was["reason"])
    elif post is not None:
        actions.undelete_post(actor, post)


def _put_text(actor: Member, entry: LogEntry, _: Values, now: Values) -> None:
    post = _post(entry)
    text = _text_before(post, now["revision"]) if post is not None else None
    permissions.require(YES if text else IS_GONE)
    if post is not None and text:
        actions.edit_post(actor, post, body=text)


def _put_decision(actor: Member, _: LogEntry, was: Values, __: Values) -> None:
    item = edits.find_item(was["item"])
    if not was["decision"]:
        edits.reopen(actor, item)
    elif was["decision"] == "approve":
        edits.approve(actor, item)
    else:
        edits.reject(actor, item, decision=was["decision"], grounds=Grounds(was["reason"]))


def _put_notice(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    post = _post(entry)
    if post is not None:
        post_tools.set_staff_notice(actor, post, text=was["staff_notice"])


def _put_author(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    post, author = _post(entry), post_tools.author_by_id(was["author_id"])
    permissions.require(YES if author is not None else IS_GONE)
    if post is not None and author is not None:
        post_tools.change_author(actor, post, author=author)


_DECISION = UndoKind(lambda _, now: edits.kept_decision(now["item"]), _put_decision, _may)
_PIN, _LOCK, _STATE = _of_thread(_put_pin), _of_thread(_put_lock), _of_thread(_put_state)
_POST_STATE = UndoKind(_present_post, _put_post_state, _may)
CONTENT_KINDS: Mapping[str, UndoKind] = {
    **dict.fromkeys(("pin-thread", "unpin-thread"), _PIN),
    **dict.fromkeys(("lock-thread", "unlock-thread"), _LOCK),
    **dict.fromkeys(("delete-thread", "undelete-thread"), _STATE),
    **dict.fromkeys(("delete-post", "undelete-post"), _POST_STATE),
    "copy-thread": _of_thread(_put_copy),
    "move-thread": UndoKind(_of_thread(_put_title).present, _put_board, _may),
    "slow-thread": _of_thread(_put_slow_mode),
    "edit-title": _of_thread(_put_title),
    **dict.fromkeys(("approve-edit", "reject-edit", "hold-edit"), _DECISION),
    "notice-at-post": UndoKind(_present_post, _put_notice, _may),
    "change-author": UndoKind(
        _present_post, _put_author, lambda actor, _: permissions.may_use_right(actor, Right.MANAGE_MEMBERS)
    ),
    "edit-post": UndoKind(_present_post, _put_text, _may),
}
