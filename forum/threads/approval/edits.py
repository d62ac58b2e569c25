"""Edits that wait for approval: the approved text and title stay public until a moderator has decided.

The caller of what writes has locked the thread.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import select

from forum import page_versions, permissions
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import Conflict, Forbidden
from forum.infra.text.messages import say
from forum.markup.render import VERSION
from forum.models import HeldEdit, Member, Post, PostRevision, ReviewItem, ReviewKind, Thread
from forum.notifications import staff
from forum.search.index import actions as search
from forum.similar import actions as similar
from forum.threads import drafts
from forum.threads.approval import holding
from forum.threads.approval.reasons import Text, is_trusted, reasons_for_edit, stored
from forum.threads.writing import PreparedPost, render
from forum.verdicts import HIDDEN, YES, Verdict

_IS_WAITING = (ReviewItem.kind == ReviewKind.HELD_EDIT.value, ReviewItem.decided_at.is_(None))
ASK_MODERATOR = Verdict(Forbidden(say("This title has to be approved. Ask a moderator to change it.")))
NOT_WAITING = Verdict(Conflict(say("This edit is not waiting for approval any more.")))


def waiting_edits(posts: Iterable[Post]) -> dict[int, HeldEdit]:
    """The edits that wait, by the ids of their posts; a query only if there are any."""
    ids = [post.id for post in posts if post.has_held_edit]
    if not ids:
        return {}
    waiting = select(HeldEdit).join(ReviewItem, ReviewItem.id == HeldEdit.item_id)
    waiting = waiting.where(in_list(HeldEdit.post_id, ids), *_IS_WAITING)
    found = session.scalars(waiting, execution_options={"populate_existing": True})
    return {edit.post_id: edit for edit in found}


def waiting_edit(post: Post) -> HeldEdit | None:
    """The edit of a post that waits."""
    return waiting_edits([post]).get(post.id)


def edits_of(items: Iterable[ReviewItem]) -> dict[int, HeldEdit]:
    """The edits that cases are about, by the ids of the cases."""
    ids = [item.id for item in items if item.kind == ReviewKind.HELD_EDIT]
    found = session.scalars(select(HeldEdit).where(in_list(HeldEdit.item_id, ids))) if ids else ()
    return {edit.item_id: edit for edit in found if edit.item_id is not None}


def holds_text(actor: Member, post: Post, written: PreparedPost) -> bool:
    """Keep a new text of the author's back if it has to wait; else what waited of the text is dropped."""
    if actor.id != post.author_id:
        return False
    if (why := _reasons(actor, post, html=written.html)) and _is_public(post):
        _hold(post, why, source=written.source)
        return True
    drop(actor, post, "source")
    return False


def holds_title(actor: Member, thread: Thread, title: str) -> bool:
    """Keep a new title of the starter's back if it has to wait; else what waited of the title is dropped."""
    if actor.id != thread.starter_id or not thread.is_public:
        return False
    first = _locked_first_post(thread)
    if first is None or first.author_id != actor.id:
        before = Text("", thread.title)
        permissions.require(ASK_MODERATOR if reasons_for_edit(actor, thread.board, Text("", title), before) else YES)
        return False
    if why := _reasons(actor, first, title=title):
        _hold(first, why, title=title)
        return True
    drop(actor, first, "title")
    return False


def first_post(thread: Thread) -> Post | None:
    """The post that begins a thread; None if an archive does not hold it."""
    return session.scalars(select(Post).where(Post.thread_id == thread.id, Post.position == 1)).one_or_none()


def _locked_first_post(thread: Thread) -> Post | None:
    first = first_post(thread)
    if first is not None:
        page_versions.lock_thread(thread, first)
    return first


def _is_public(post: Post) -> bool:
    """Whether an edit would be seen at once; what waits itself is judged with it."""
    return post.is_public and (post.position != 1 or post.thread.is_public)


def _reasons(actor: Member, post: Post, *, html: str = "", title: str = "") -> list[str]:
    """Why the post has to wait, with the new part and what else of it waits already."""
    if is_trusted(actor, post.thread.board_id):
        return []
    edit = waiting_edit(post)
    html = html or (render(edit.source).html if edit is not None and edit.source else post.html)
    before = post.thread.title if post.position == 1 else ""
    title = (title or (edit.title if edit is not None else "") or before) if before else ""
    return reasons_for_edit(actor, post.thread.board, Text(html, title), Text(post.html, before))


def _hold(post: Post, why: Collection[str], *, source: str = "", title: str = "") -> None:
    """Let a new text or title wait, in place of one that waits already."""
    edit = waiting_edit(post) or _opened(post)
    if source:
        edit.source, edit.revision = source, post.revision_count
    if title:
        edit.title, edit.title_before = title, post.thread.title
    edit.number += 1
    edit.edited_at = clock.now()
    session.get_one(ReviewItem, edit.item_id).held_for = stored(list(why))
    session.flush()


def _opened(post: Post) -> HeldEdit:
    """A new edit with its case."""
    holding.check_room(session.get_one(Member, post.author_id))
    edit = HeldEdit(post_id=post.id, revision=post.revision_count, edited_at=clock.now())
    edit.source = edit.title = edit.title_before = ""
    edit.number = 0
    session.add(edit)
    _open_case(edit, post)
    staff.tell_staff(staff.QUEUE, board_id=post.thread.board_id, about=post.author_id)
    return edit


def _open_case(edit: HeldEdit, post: Post) -> None:
    item = {"kind": ReviewKind.HELD_EDIT.value, "post_id": post.id, "member_id": post.author_id}
    opened = insert_into(ReviewItem).values(opened_at=edit.edited_at, **item).returning(ReviewItem.id)
    edit.item_id = session.execute(opened).scalar_one()
    post.has_held_edit = True
    session.flush()


def open_missing_cases() -> int:
    """Let the edits wait in the queue that an archive brought; returns how many."""
    rows = select(HeldEdit, Post).join(Post, Post.id == HeldEdit.post_id).where(HeldEdit.item_id.is_(None))
    found = session.execute(rows.order_by(HeldEdit.id)).all()
    for edit, post in found:
        _open_case(edit, post)
    return len(found)


def drop(actor: Member, post: Post, part: str) -> None:
    """Forget the `source` or `title` that waits, because its author has written another that need not."""
    edit = waiting_edit(post)
    if edit is None or actor.id != post.author_id:
        return
    setattr(edit, part, "")
    session.flush()
    if not (edit.source or edit.title):
        holding.close_case(post.id, "withdrawn", actor)


def drop_title(actor: Member, thread: Thread) -> None:
    """Forget the title that waits, because the starter keeps the one that the thread has."""
    first = _locked_first_post(thread) if actor.id == thread.starter_id else None
    if first is not None:
        drop(actor, first, "title")


def may_withdraw_edit(actor: Member | None, post: Post) -> Verdict:
    """Whether the actor may withdraw what waits: the author of the post."""
    if actor is None or post.author_id != actor.id or not permissions.may_see_post(actor, post):
        return HIDDEN
    writes = permissions.may_write_in(actor, post.thread.board_id)
    return (YES if post.has_held_edit else NOT_WAITING) if writes else writes


def withdraw_edit(actor: Member, post: Post) -> None:
    """Take a waiting edit back; its text is the author's draft."""
    page_versions.lock_thread(post.thread, post)
    permissions.require(may_withdraw_edit(actor, post))
    withdraw_locked(actor, post)


def withdraw_locked(author: Member, post: Post) -> None:
    """Take a waiting edit of a locked post back."""
    edit, place = waiting_edit(post), f"post:{post.id}"
    if edit is not None and drafts.find(author, place) is None:
        drafts.save(author, place=place, title=edit.title, body=edit.source or post.source)
    holding.close_case(post.id, "withdrawn", author)


def store_text(editor: Member, post: Post, written: PreparedPost) -> None:
    """Change a post's text, keep the old one as a revision, and update what follows from it."""
    post.revision_count += 1
    post.edited_at, post.editor_id = clock.now(), editor.id
    before = {"number": post.revision_count, "source": post.source, "replaced_at": clock.now(), "editor_id": editor.id}
    session.add(PostRevision(post_id=post.id, **before))
    post.source, post.html, post.markup_version = written.source, written.html, VERSION
    session.flush()
    search.index_post(post.id)
    if post.position == 1:
        search.index_thread(post.thread_id)
        similar.refresh(post.thread_id)
        page_versions.bump_board(post.thread.board_id)  # its feed contains the first posts of threads


def store_title(thread: Thread, title: str) -> None:
    """Change a thread's title, and update what follows from it."""
    page_versions.bump_board(thread.board_id)
    thread.title = title
    session.flush()
    search.index_thread(thread.id)
    similar.refresh(thread.id)
