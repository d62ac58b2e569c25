"""Erase a member's posts if they wanted that, earlier versions of them, and their name in what others wrote."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import joinedload

from forum import page_versions
from forum.accounts.name_replacement import NameReplacement
from forum.infra import clock
from forum.infra.database.core_statements import without_index
from forum.infra.database.db import session
from forum.markup.render import VERSION
from forum.models import AccountErasure, Decision, HeldEdit, Member, Post, PostRevision, Thread
from forum.moderation import tools
from forum.search.index import actions as search
from forum.similar import actions as similar
from forum.spam import actions as spam
from forum.threads import counters
from forum.threads.approval import holding
from forum.threads.writing import render

SCANNED_POSTS, SCANNED_VERSIONS = 1000, 100
ERASED_TEXT = "[deleted]"


def delete_posts(erasure: AccountErasure, member: Member) -> int | None:
    """Delete the member's next post with its text, if they wanted that; a thread of nobody else goes as a whole."""
    if not erasure.deletes_posts:
        return None
    post, reached = next_post(erasure.done_to, without_index(Post.author_id) == member.id)
    if post is not None:
        page_versions.lock_thread(post.thread, post)
        if post.position == 1:
            _delete_own_thread(member, post.thread)
        elif not post.is_deleted:
            was_public = post.is_public
            post.mark_deleted(clock.now(), member.id)
            session.flush()
            holding.close_case(post.id, "deleted", None)
            if was_public:
                search.remove_post(post.id)
                counters.count_deletion(post, sign=-1)
        store_source(post, ERASED_TEXT)
        spam.forget_text(post)
    return reached


def _delete_own_thread(member: Member, thread: Thread) -> None:
    """Delete a thread in which nobody else has written, with its title."""
    others = select(Post.id).where(Post.thread_id == thread.id, Post.author_id != member.id).limit(1)
    if session.scalar(others) is not None:
        return
    page_versions.bump_board(thread.board_id)
    thread.title = ERASED_TEXT
    if not thread.is_deleted and not thread.is_being_merged:
        tools.hide_thread(member, thread)
    session.flush()


def delete_versions(erasure: AccountErasure, member: Member) -> int | None:
    """Delete the earlier versions of the member's next post."""
    is_edited = (without_index(Post.author_id) == member.id) & (Post.revision_count > 0)
    post, reached = next_post(erasure.done_to, is_edited)
    if post is not None:
        page_versions.lock_thread(post.thread, post)
        session.execute(delete(PostRevision).where(PostRevision.post_id == post.id))
        post.revision_count = 0
        session.flush()
    return reached


def replace_in_posts(erasure: AccountErasure, member: Member) -> int | None:
    """Replace the member's names in the next post that mentions or quotes them."""
    names = NameReplacement(member.id, erasure.names.splitlines(), member.username)
    post, reached = next_post(erasure.done_to, names.candidates())
    if post is not None:
        page_versions.lock_thread(post.thread, post)
        clean = names.in_source(post.source, lambda quoted: _posts_of(member, quoted))
        store_source(post, clean)
    return reached


def replace_in_versions(erasure: AccountErasure, member: Member) -> int | None:
    """Replace the member's names in the earlier versions of the next posts."""
    names = NameReplacement(member.id, erasure.names.splitlines(), member.username)
    after = PostRevision.post_id > erasure.done_to
    ids = list(
        session.scalars(
            select(PostRevision.post_id).where(after).distinct().order_by("post_id").limit(SCANNED_VERSIONS)
        )
    )
    for row in session.scalars(select(PostRevision).where(PostRevision.post_id.in_(ids))):
        clean = names.in_source(row.source, lambda quoted: _posts_of(member, quoted))
        if clean != row.source:
            key = (PostRevision.post_id == row.post_id, PostRevision.number == row.number)
            session.execute(update(PostRevision).where(*key).values(source=clean))
    return ids[-1] if ids else None


def replace_in_decisions(erasure: AccountErasure, member: Member) -> int | None:
    """Replace the member's names in what the next decisions about others keep of their posts."""
    names = NameReplacement(member.id, erasure.names.splitlines(), member.username)
    following = select(Decision).where(Decision.id > erasure.done_to).order_by(Decision.id).limit(SCANNED_VERSIONS)
    rows = session.scalars(following).all()
    for row in rows:
        row.text = names.in_source(row.text, lambda quoted: _posts_of(member, quoted))
        row.reason = names.in_words(row.reason)[: Decision.reason.type.length]
    session.flush()
    return rows[-1].id if rows else None


def clean_edits(erasure: AccountErasure, member: Member) -> int | None:
    """Delete the edits of the member's posts that waited, and replace their names in the next of others."""
    names = NameReplacement(member.id, erasure.names.splitlines(), member.username)
    following = select(HeldEdit, Post.author_id).join(Post, Post.id == HeldEdit.post_id)
    following = following.where(HeldEdit.id > erasure.done_to).order_by(HeldEdit.id).limit(SCANNED_VERSIONS)
    rows = session.execute(following).all()
    for edit, author_id in rows:
        if author_id != member.id:
            edit.source = names.in_source(edit.source, lambda quoted: _posts_of(member, quoted))
            continue
        if edit.sample_id is not None and erasure.deletes_posts:
            spam.forget_edit_text(edit.sample_id)
        holding.close_case(edit.post_id, "withdrawn", None)
        session.delete(edit)
    session.flush()
    return rows[-1][0].id if rows else None


def next_post(after: int, condition: ColumnElement[bool]) -> tuple[Post | None, int | None]:
    """The next post that meets a condition, among the next SCANNED_POSTS, and how far they were looked through.

    The position is None at the end.
    """
    upto = after + SCANNED_POSTS
    found = select(Post).where(Post.id > after, Post.id <= upto, condition).order_by(Post.id).limit(1)
    post = session.scalars(found.options(joinedload(Post.thread).joinedload(Thread.board))).first()
    if post is not None:
        return post, post.id
    return None, upto if upto < (session.scalar(select(func.max(Post.id))) or 0) else None


def _posts_of(member: Member, ids: set[int]) -> Collection[int]:
    return set(session.scalars(select(Post.id).where(Post.id.in_(ids), Post.author_id == member.id)))


def store_source(post: Post, source: str) -> None:
    """Store a source with its HTML, as no edit by anybody."""
    post.source, post.html, post.markup_version = source, render(source).html, VERSION
    session.flush()
    if post.is_public:
        search.index_post(post.id)
    if post.position == 1:
        search.index_thread(post.thread_id)
        similar.refresh(post.thread_id)
        page_versions.bump_board(post.thread.board_id)
