"""Make what was approved public, with all that a new thread or reply does, and take it back exactly.

The caller has locked the thread and the post, and decides who may do this.
"""

from forum import page_versions
from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Notification, Post, Visibility
from forum.notifications import actions as notifications
from forum.notifications import watchers
from forum.notifications.titles import tell_of_title
from forum.search.index import actions as search
from forum.similar import actions as similar
from forum.threads import counters, delete_backfill, read_marks
from forum.threads.writing import render


def publish(post: Post) -> None:
    """Make a held post public, or the held thread that it begins, and tell the members whom it concerns."""
    if post.position == 1:
        _publish_thread(post)
    elif post.was_published:
        post.mark_restored()
        session.flush()
        counters.count_deletion(post, sign=1)
        search.index_post(post.id)
    else:
        _publish_reply(post)
    written = render(post.source)
    notifications.notify_of_post(post, mentions=written.mentions, quoted=written.quoted)
    watchers.note(post)


def _publish_thread(post: Post) -> None:
    thread = post.thread
    if thread.last_position == 1:
        post.created_at = thread.started_at = thread.last_posted_at = clock.not_before(thread.board.last_posted_at)
    thread.mark_restored()
    session.flush()
    counters.count_in_board(thread, thread.board_id, sign=1)
    search.index_thread(thread.id)
    similar.refresh(thread.id)
    delete_backfill.start(thread)


def _publish_reply(post: Post) -> None:
    thread = post.thread
    seen_until = thread.last_visible_position
    post.position = thread.last_position + 1
    post.created_at = clock.not_before(thread.last_posted_at, thread.board.last_posted_at)
    post.mark_restored()
    session.flush()
    counters.count_post(post)
    tell_of_title(post.author, post.author.message_count)
    read_marks.mark_own(post.author, thread, post.position, before=seen_until)
    if thread.is_public:
        search.add_reply(post)


def take_back(post: Post) -> None:
    """Hold what was published again; a reply keeps its place, which others may have read up to."""
    notifications.withdraw(Notification.post_id == post.id)
    thread = post.thread
    if post.position != 1:
        post.visibility = Visibility.HELD
        session.flush()
        search.remove_post(post.id)
        counters.count_deletion(post, sign=-1)
        return
    thread.visibility = Visibility.HELD
    session.flush()
    counters.count_in_board(thread, thread.board_id, sign=-1)
    search.index_thread(thread.id)
    delete_backfill.start(thread)
    page_versions.invalidate_removed_threads()
