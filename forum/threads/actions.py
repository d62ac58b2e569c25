"""Write actions of members on threads and posts."""

from forum import page_versions, permissions
from forum.audit_log import Change, is_undoing, record
from forum.boards.redirects import next_thread_id
from forum.decisions.actions import NO_GROUNDS, Grounds, end_about, state
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict
from forum.infra.text.messages import one_line, say
from forum.markup.render import VERSION
from forum.members.signup import newcomers
from forum.models import Board, DecisionKind, Member, Post, Right, Thread, Visibility
from forum.models.discussion.visibility import DELETED
from forum.notifications import actions as notifications
from forum.notifications import watchers
from forum.notifications.titles import tell_of_title
from forum.search.index import actions as search
from forum.similar import actions as similar
from forum.site.queries import follow_database, snapshot
from forum.spam import actions as spam
from forum.threads import counters, drafts, read_marks, rules
from forum.threads.approval import edits, holding, reasons
from forum.threads.approval.screening import Screening, screen
from forum.threads.writing import PreparedPost, check_slow_mode, prepare_post, render_visible
from forum.verdicts import HIDDEN, YES, Verdict
from forum.watching import actions as watching

EDITED = Verdict(
    Conflict(say("Somebody else has edited this post. Compare your text with theirs before you save again."))
)
ERASED = Verdict(Conflict(say("This post was deleted for good.")))


def start_thread(actor: Member, board: Board, *, title: str, body: str) -> Thread:
    """Start a thread with its first post."""
    page_versions.lock_board(board)
    follow_database()
    permissions.require(permissions.may_start_thread(actor, board))
    clean = rules.checked_title(title)
    written = prepare_post(actor, body, in_thread=None)
    screened = screen(actor, board, written.html, title=clean)
    now = clock.not_before(board.last_posted_at)
    thread = Thread(board=board, title=clean, starter=actor, started_at=now, last_poster=actor, last_posted_at=now)
    thread.id = next_thread_id()  # type: ignore[assignment]  # None: the database's next
    thread.reply_count = thread.view_count = thread.last_position = thread.last_visible_position = 0
    thread.last_post_id = None
    thread.visibility = Visibility.HELD if screened.why else Visibility.PUBLIC
    session.add(thread)
    session.flush()
    messages, post = actor.message_count + 1, _write_post(actor, thread, written)
    drafts.discard(actor, f"board:{board.id}")
    screened.note(post)
    watching.watch_by_default(actor, thread, started=True)
    if screened.why:
        page_versions.bump_board(board.id)
        return thread
    search.index_thread(thread.id)
    similar.refresh(thread.id)
    notifications.notify_of_post(post, mentions=written.mentions, quoted=written.quoted)
    tell_of_title(actor, messages)
    watchers.note(post)
    return thread


def reply(actor: Member, thread: Thread, *, body: str, seen: int = 0, keeps_draft: bool = False) -> Post:
    """Add a member's post to a thread and notify the members it concerns.

    `seen` is the last position that was on the member's screen while they wrote, 0 if unknown. `keeps_draft` leaves the
    draft of another answer in the thread alone.
    """
    page_versions.lock_thread(thread)
    permissions.require(permissions.may_reply(actor, thread))
    check_slow_mode(actor, thread)
    written = prepare_post(actor, body, in_thread=thread)
    screened = screen(actor, thread.board, written.html)
    if not keeps_draft:
        drafts.discard(actor, f"thread:{thread.id}")
    if screened.why:
        return _hold_reply(actor, thread, written, screened)
    messages, post = actor.message_count + 1, _write_post(actor, thread, written, seen=seen)
    screened.note(post)
    watching.watch_by_default(actor, thread)
    notifications.notify_of_post(post, mentions=written.mentions, quoted=written.quoted)
    tell_of_title(actor, messages)
    watchers.note(post)
    return post


def _hold_reply(actor: Member, thread: Thread, written: PreparedPost, screened: Screening) -> Post:
    post = _add_post(actor, thread, written, position=0)  # no post has it, and the thread is locked
    post.position, post.visibility = -post.id, Visibility.HELD
    session.flush()
    screened.note(post)
    watching.watch_by_default(actor, thread)
    return post


def _add_post(actor: Member, thread: Thread, written: PreparedPost, *, position: int) -> Post:
    post = Post(
        thread=thread,
        position=position,
        author=actor,
        created_at=clock.not_before(thread.last_posted_at, thread.board.last_posted_at),
        source=written.source,
        html=written.html,
        markup_version=VERSION,
    )
    session.add(post)
    session.flush()
    return post


def _write_post(actor: Member, thread: Thread, written: PreparedPost, *, seen: int = 0) -> Post:
    # the position is unique, because the thread is locked or new
    post = _add_post(actor, thread, written, position=thread.last_position + 1)
    seen_until = thread.last_visible_position
    counters.count_post(post)
    read_marks.mark_own(actor, thread, post.position, before=0 if seen >= seen_until else seen_until)
    if post.position > 1:
        search.add_reply(post)
    return post


def edit_post(
    actor: Member, post: Post, *, body: str, seen_revision: int | None = None, grounds: Grounds = NO_GROUNDS
) -> Post:
    """Change the text of a post and keep the old text as a revision, or let the new text wait for approval.

    `seen_revision` is the revision the editor started from. Raises Conflict if somebody has edited the post since.
    `grounds` are what the author reads if staff edit it.
    """
    page_versions.lock_thread(post.thread, post)
    window = snapshot().edit_window_minutes
    permissions.require(permissions.may_edit_post(actor, post, window_minutes=window))
    permissions.require(ERASED if post.is_erased else YES)
    source = rules.checked_body(body)
    permissions.require(EDITED if seen_revision not in {None, post.revision_count} else YES)
    if source == post.source:
        edits.drop(actor, post, "source")
        return post
    written = _checked_edit(actor, post, source)
    drafts.discard(actor, f"post:{post.id}")
    if edits.holds_text(actor, post, written):
        return post
    told = _told(grounds)
    state(DecisionKind.POST_EDITED, actor, post.author_id, told, about=post, text=post.source)
    edits.store_text(actor, post, written)
    if post.is_public and post.thread.is_public:
        notifications.notify_of_edit(post, mentions=written.mentions)
    if actor.id != post.author_id or is_undoing():
        _record_edit(actor, post, told.reason)
    return post


def _told(grounds: Grounds) -> Grounds:
    return Grounds(one_line(grounds.reason)[: rules.REASON_MAX], grounds.rule)


def _checked_edit(actor: Member, post: Post, source: str) -> PreparedPost:
    written = render_visible(source)
    if newcomers.is_new(actor) and not permissions.has_right(actor, Right.POST_WITHOUT_LIMITS):
        rules.check_new_member(written.html, len(written.mentions), limits=snapshot())
    reasons.check_words(actor, post.thread.board_id, written.html)
    return written


def _record_edit(actor: Member, post: Post, reason: str) -> None:
    number = post.revision_count
    change = Change({"revision": number - 1}, {"revision": number})  # the texts are in the post's revisions
    details = {"revision": number, **({"reason": reason} if reason else {})}
    record("edit-post", actor=actor, target=f"post:{post.id}", change=change, **details)


def change_title(actor: Member, thread: Thread, *, title: str, grounds: Grounds = NO_GROUNDS) -> None:
    """Rename a thread, or let the title wait for approval; the log keeps the old one, and old addresses still work.

    `grounds` are what its starter reads if staff rename it.
    """
    page_versions.lock_thread(thread)
    window = snapshot().edit_window_minutes
    permissions.require(permissions.may_change_title(actor, thread, window_minutes=window))
    clean, was = rules.checked_title(title), thread.title
    reasons.check_words(actor, thread.board_id, "", title=clean)
    if clean == was:
        edits.drop_title(actor, thread)
        return
    if edits.holds_title(actor, thread, clean):
        return
    told = _told(grounds)
    state(DecisionKind.TITLE_EDITED, actor, thread.starter_id, told, about=thread, text=was)
    edits.store_title(thread, clean)
    if actor.id != thread.starter_id:
        page_versions.invalidate_removed_threads()  # a moderator's change shows at once on all pages listing it
    change = Change({"title": was}, {"title": clean})
    reason = {"reason": told.reason} if told.reason and actor.id != thread.starter_id else {}
    record("edit-title", actor=actor, target=f"thread:{thread.id}", change=change, was=was, title=clean, **reason)


def delete_post(actor: Member, post: Post, *, reason: str = "", rule: str = "") -> None:
    """Hide a post from everybody but moderators; it can be restored. Its author is told why, and by which rule."""
    page_versions.lock_thread(post.thread, post)
    window = snapshot().edit_window_minutes
    permissions.require(permissions.may_delete_post(actor, post, window_minutes=window))
    change = Change({"state": post.state}, {"state": DELETED})
    post.mark_deleted(clock.now(), actor.id, one_line(reason)[: rules.REASON_MAX])
    session.flush()
    grounds = Grounds(post.delete_reason, rule)
    state(DecisionKind.POST_DELETED, actor, post.author_id, grounds, about=post, text=post.source)
    if post.has_held_edit:
        holding.close_case(post.id, "deleted", actor)
    search.remove_post(post.id)
    counters.count_deletion(post, sign=-1)
    record("delete-post", actor=actor, target=f"post:{post.id}", change=change, reason=post.delete_reason)


def undelete_post(actor: Member, post: Post) -> None:
    """Restore a deleted post."""
    page_versions.lock_thread(post.thread, post)
    window = snapshot().edit_window_minutes
    permissions.require(permissions.may_undelete_post(actor, post, window_minutes=window))
    permissions.require(YES if post.was_published else HIDDEN)
    permissions.require(ERASED if post.is_erased else YES)
    if not post.is_deleted:
        return
    was = {"state": post.state, "reason": post.delete_reason}
    post.mark_restored()
    session.flush()
    end_about(DecisionKind.POST_DELETED, post)
    spam.forget(post, only_spam=True)
    search.index_post(post.id)
    counters.count_deletion(post, sign=1)
    record("undelete-post", actor=actor, target=f"post:{post.id}", change=Change(was, {"state": post.state}))
