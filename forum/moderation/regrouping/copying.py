"""Copy a thread, or some of its posts, to a new thread: the same authors, texts and times, nothing else.

Copies are posts of their own: they have their own permalinks, no reactions and no history, and count for their authors,
so that the count of a member is that of their posts. Nobody is alerted.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import insert, select

from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import Conflict, Invalid
from forum.infra.text.messages import say
from forum.members.counters import count_message
from forum.models import Board, Member, Post, Thread
from forum.models.discussion.visibility import DELETED
from forum.moderation.regrouping import regroup
from forum.moderation.regrouping.order import MAX_POSTS
from forum.moderation.regrouping.splitting import Destination, checked_destination, new_thread
from forum.search.index import actions as search
from forum.similar import actions as similar
from forum.threads import counters

UNDONE = "Copied by mistake."


def copy_posts(
    actor: Member, thread: Thread, *, board: Board, title: str, post_ids: Collection[int] | None = None
) -> Thread:
    """Copy the public posts of a thread, all or the chosen ones, to a new thread in a board; returns that.

    Raises Invalid at `post_ids`, `title` or `board`, Forbidden, or Conflict.
    """
    regroup.lock(actor, [thread], board.id)
    clean = checked_destination(actor, Destination(title, board))
    posts = _chosen(thread, post_ids)
    before = regroup.counts_of([])
    made = new_thread(thread, board, clean, posts[0])
    session.execute(insert(Post), [_copied(post, made, number) for number, post in enumerate(posts, 1)])
    counters.count_regrouped(made, posts=len(posts), last_position=len(posts))
    session.refresh(made, ["reply_count", "last_position"])
    regroup.count_in_boards(before, regroup.counts_of([made]))
    for author_id, number in sorted(Counter(post.author_id for post in posts).items()):
        count_message(author_id, number)
    search.index_thread(made.id)
    search.index_replies(made.id, 2, len(posts))
    similar.refresh(made.id)
    change = Change({"state": DELETED, "reason": UNDONE}, {"state": made.state})
    record("copy-thread", actor=actor, target=f"thread:{made.id}", change=change, name=thread.title, posts=len(posts))
    session.flush()
    return made


def _chosen(thread: Thread, post_ids: Collection[int] | None) -> Sequence[Post]:
    """The posts to copy, in their order. Raises Invalid if some are not there, Conflict if they are too many."""
    public = select(Post).where(Post.thread_id == thread.id, Post.is_public).order_by(Post.position)
    if post_ids is not None:
        public = public.where(in_list(Post.id, post_ids))
    posts = session.scalars(public.limit(MAX_POSTS + 1)).all()
    if len(posts) > MAX_POSTS:
        raise Conflict(say("That is too many at once: at most %(num)d.", num=MAX_POSTS))
    if not posts:
        raise Invalid({"post_ids": [say("Choose at least one post that is not deleted.")]})
    if post_ids is not None and len(posts) < len(set(post_ids)):
        words = say("Some of the chosen posts are deleted, or not in this thread any more. Choose again.")
        raise Invalid({"post_ids": [words]})
    return posts


def _copied(post: Post, made: Thread, position: int) -> dict[str, object]:
    same = ("author_id", "created_at", "source", "html", "markup_version", "edited_at", "editor_id")
    values: dict[str, object] = {name: getattr(post, name) for name in same}
    return values | {"thread_id": made.id, "position": position, "delete_reason": "", "revision_count": 0}
