"""Permissions: `may_…` verdicts that carry the refusal shown to the visitor, and their SQL twins `visible_…`."""

from collections.abc import Set
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, true

from forum.infra import clock
from forum.infra.database.core_statements import without_index
from forum.infra.errors import Forbidden
from forum.infra.text.messages import say
from forum.models import Board, BuiltInGroup, Member, Post, Right, Thread
from forum.models.members.group_right import ADMIN_PAGE_RIGHTS, ADMIN_RIGHTS, MANAGE_RIGHTS, READING_RIGHTS
from forum.site.access import AccessScope
from forum.site.group_membership import groups_despite_ban, groups_of, own_id
from forum.site.mutes import Muted, mute_in, words_of
from forum.site.queries import snapshot
from forum.site.terms import must_accept_terms
from forum.verdicts import (
    ADMINS_ONLY,
    BEING_DELETED,
    BEING_MERGED,
    CLOSED,
    GUEST,
    HIDDEN,
    MUST_LOG_IN,
    NO_REPLY,
    NO_START,
    STAFF_ONLY,
    TERMS_FIRST,
    TWO_FACTOR,
    YES,
    Verdict,
    standing,
)


def require(verdict: Verdict) -> None:
    """Raise the verdict's refusal if it denies."""
    if verdict.refusal is not None:
        raise type(verdict.refusal)(verdict.refusal.message)


def _no(message: str) -> Verdict:
    return Verdict(Forbidden(say(message)))


Actor = Member | AccessScope | None


def scope_of(actor: Actor) -> AccessScope:
    """What an actor may do in which boards; a scope is returned as it is."""
    return actor if isinstance(actor, AccessScope) else snapshot().access.scope_of(groups_of(actor))


def scope_despite_ban(member: Member) -> AccessScope:
    """What a member may do once no ban is in force: for what others may do to their account."""
    return snapshot().access.scope_of(groups_despite_ban(member))


def may_see_hidden(actor: Actor, board_id: int) -> bool:
    """Whether all threads and posts of a board are shown to an actor, also those that are not public."""
    return board_id in scope_of(actor).moderate


def has_right(actor: Actor, right: Right) -> bool:
    """Whether one of an actor's groups has a right."""
    return right in scope_of(actor).rights


def lacks_two_factor(actor: Member | None) -> bool:
    """Whether an actor must set up two-factor authentication before acting as staff."""
    if actor is None or not snapshot().staff_two_factor or actor.two_factor_at is not None:
        return False
    return actor.is_moderator or bool(scope_of(actor).rights & MANAGE_RIGHTS)


def unless_lacking(actor: Member | None) -> Verdict:
    """Allowed, unless the actor must set up two-factor authentication first."""
    return TWO_FACTOR if lacks_two_factor(actor) else YES


def may_use_right(actor: Member | None, right: Right) -> Verdict:
    """Whether the actor may do what a right allows; the refusal says that it is for moderators or admins."""
    active = _is_active(actor) if right in READING_RIGHTS else may_write(actor)
    if actor is None or not active:
        return active
    if has_right(actor, right):
        return unless_lacking(actor)
    return ADMINS_ONLY if right in ADMIN_RIGHTS else STAFF_ONLY


# --- reading: each verdict with its SQL twin ----------------------------------------------------


def may_see_board(actor: Member | None, board: Board) -> Verdict:
    """Whether the board exists for the actor."""
    return YES if board.id in scope_of(actor).see else HIDDEN


def visible_boards(actor: Actor) -> ColumnElement[bool]:
    """SQL twin of may_see_board, over Board; written so that no plan starts from all threads of each board."""
    return without_index(Board.id).in_(sorted(scope_of(actor).see))


def may_see_thread(actor: Member | None, thread: Thread) -> Verdict:
    """Whether the thread exists for the actor."""
    scope = scope_of(actor)
    is_others = thread.board_id in scope.own_only and thread.starter_id != own_id(actor)
    if is_others or thread.board_id not in scope.see:
        return HIDDEN
    return YES if thread.is_public or _sees_hidden(actor, thread, thread.board_id, thread.starter_id) else HIDDEN


def _sees_hidden(actor: Member | None, item: Thread | Post, board_id: int, author_id: int) -> bool:
    """Whether what is not public is shown to an actor: authors see theirs unless it is deleted, moderators all."""
    return may_see_hidden(actor, board_id) or (not item.is_deleted and author_id == own_id(actor))


def visible_threads(actor: Actor) -> ColumnElement[bool]:
    """SQL twin of may_see_thread, over Thread joined to its Board."""
    return and_(visible_boards(actor), _own_where_required(actor), _shown(actor, Thread))


def _own_where_required(actor: Actor) -> ColumnElement[bool]:
    """Started by the actor, where they see no threads of others."""
    own_only = scope_of(actor).own_only
    elsewhere = without_index(Board.id).not_in(sorted(own_only)) if own_only else true()
    return or_(elsewhere, Thread.starter_id == (own_id(actor) or 0)) if own_only else elsewhere


def _shown(actor: Actor, model: type[Thread | Post]) -> ColumnElement[bool]:
    scope, me = scope_of(actor), own_id(actor)
    if scope.moderates_all:
        return true()
    author = Thread.starter_id if model is Thread else Post.author_id
    moderated = [without_index(Board.id).in_(sorted(scope.moderate))] if scope.moderate else []
    return or_(model.is_public, *moderated, *([] if me is None else [and_(~model.is_deleted, author == me)]))


def may_see_post(actor: Member | None, post: Post) -> Verdict:
    """Whether the post exists for the actor."""
    if not may_see_thread(actor, post.thread):
        return HIDDEN
    return YES if post.is_public or _sees_hidden(actor, post, post.thread.board_id, post.author_id) else HIDDEN


def visible_posts(actor: Actor, *, or_none: bool = False) -> ColumnElement[bool]:
    """SQL twin of may_see_post, over Post joined to its Thread and that to its Board; `or_none`: rows without Post."""
    shown = _shown(actor, Post)
    return and_(visible_threads(actor), or_(Post.id.is_(None), shown) if or_none else shown)


# --- writing --------------------------------------------------------------------------------------


def _is_active(actor: Member | None) -> Verdict:
    if actor is None:
        return GUEST
    return standing(actor)


def may_write(actor: Member | None) -> Verdict:
    """Whether the actor may write at all: whether they are a member who is not banned and has accepted the terms."""
    active = _is_active(actor)
    return TERMS_FIRST if active and must_accept_terms(actor) else active


def may_write_in(actor: Member | None, board_id: int, thread_id: int | None = None) -> Verdict:
    """Whether the actor may write at all, and is neither muted in the board nor banned from the thread."""
    writes = may_write(actor)
    mute = mute_in(actor, board_id, thread_id) if actor is not None and writes else None
    return Verdict(Muted(words_of(mute))) if mute else writes


def _moderates(actor: Member, thread: Thread) -> bool:
    return thread.board_id in scope_of(actor).moderate and not lacks_two_factor(actor)


def _listed(actor: Member | None, board_id: int, allowed: Set[int], refusal: Verdict) -> Verdict:
    """Whether a board is among those that the access lists allow, and open, or the actor's to moderate."""
    node, scope = snapshot().tree.get(board_id), scope_of(actor)
    if node is not None and node.is_being_deleted:
        return BEING_DELETED
    if node is not None and node.is_closed and (board_id not in scope.moderate or lacks_two_factor(actor)):
        return CLOSED
    return YES if board_id in allowed else refusal


def may_reply_in(actor: Member | None, board: Board) -> Verdict:
    """Whether the actor may reply to the threads of the board that are public and not locked."""
    allowed = may_see_board(actor, board) and may_write_in(actor, board.id)
    return allowed and _listed(actor, board.id, scope_of(actor).reply, NO_REPLY)


def may_moderate_in(actor: Member | None, board: Board) -> Verdict:
    """Whether the actor may moderate the threads of the board."""
    allowed = may_see_board(actor, board) and may_write_in(actor, board.id)
    return allowed and (unless_lacking(actor) if board.id in scope_of(actor).moderate else STAFF_ONLY)


def may_start_thread(actor: Member | None, board: Board) -> Verdict:
    """Whether the actor may start a thread in the board."""
    allowed = may_see_board(actor, board) and may_write_in(actor, board.id)
    if allowed and board.is_category:
        return _no("Categories cannot hold threads. Choose a board in this category.")
    return allowed and _listed(actor, board.id, scope_of(actor).start, NO_START)


def may_reply(actor: Member | None, thread: Thread) -> Verdict:
    """Whether the actor may add a post to the thread."""
    sees, writes = may_see_thread(actor, thread), may_write_in(actor, thread.board_id, thread.id)
    if not sees or not writes:
        return sees and writes
    if not (listed := _listed(actor, thread.board_id, scope_of(actor).reply, NO_REPLY)):
        return listed
    if not thread.is_public:
        return _no("You cannot reply to a thread that is deleted or not approved.")
    if thread.is_being_merged:
        return BEING_MERGED
    if thread.is_locked and not may_moderate(actor, thread):
        return _no("You cannot reply to a locked thread.")
    return YES


def may_edit_post(actor: Member | None, post: Post, *, window_minutes: int) -> Verdict:
    """Whether the actor may edit the post: its author within the window (0 = no limit), moderators always."""
    sees, writes = may_see_post(actor, post), may_write_in(actor, post.thread.board_id, post.thread_id)
    if actor is None or not sees or not writes:
        return sees and writes
    if _moderates(actor, post.thread):
        return YES
    if post.author_id != actor.id:
        return unless_lacking(actor) and _no("You can only edit your own posts.")
    return _may_change_own(actor, post, window_minutes=window_minutes)


def may_change_title(actor: Member | None, thread: Thread, *, window_minutes: int) -> Verdict:
    """Whether the actor may change the title: the thread's starter within the window, moderators always."""
    sees, writes = may_see_thread(actor, thread), may_write_in(actor, thread.board_id, thread.id)
    if actor is None or not sees or not writes:
        return sees and writes
    if _moderates(actor, thread) or (thread.is_held and thread.starter_id == actor.id):
        return YES
    if thread.starter_id != actor.id:
        return unless_lacking(actor) and _no("You can only change the titles of your own threads.")
    if thread.is_locked:
        return _no("This thread is locked. You can no longer change its title.")
    if _is_too_late(actor, thread.started_at, window_minutes):
        return _no("It is too late to change this title.")
    return YES


def may_delete_post(actor: Member | None, post: Post, *, window_minutes: int) -> Verdict:
    """Whether the actor may delete the post; the first post is only deleted with its thread."""
    if post.position == 1:
        return _no("You cannot delete the first post without its thread.")
    if not post.is_public:
        return HIDDEN if post.is_deleted else _no("This post is not approved.")
    return may_edit_post(actor, post, window_minutes=window_minutes)


def may_undelete_post(actor: Member | None, post: Post, *, window_minutes: int) -> Verdict:
    """Whether the actor may undelete the post: moderators, and authors who deleted it and may still edit it."""
    sees, writes = may_see_thread(actor, post.thread), may_write_in(actor, post.thread.board_id, post.thread_id)
    if actor is None or not sees or not writes:
        return sees and writes
    if _moderates(actor, post.thread):
        return YES
    if post.author_id != actor.id or (post.is_deleted and post.deleted_by_id != actor.id):
        return unless_lacking(actor) and STAFF_ONLY
    return _may_change_own(actor, post, window_minutes=window_minutes)


def _may_change_own(actor: Member, post: Post, *, window_minutes: int) -> Verdict:
    """Whether an author may still edit a post: while it waits for approval, and within the window if not locked."""
    if post.is_held or post.thread.is_held:
        return YES
    if post.thread.is_locked:
        return _no("This thread is locked. You can no longer edit its posts.")
    if _is_too_late(actor, post.created_at, window_minutes):
        return _no("It is too late to edit this post.")
    return YES


def _is_too_late(actor: Member, moment: datetime, window_minutes: int) -> bool:
    """Whether something is too old to be edited by its author; 0 minutes mean no limit."""
    minutes = max(window_minutes, scope_of(actor).edit_minutes)
    is_over = window_minutes > 0 and clock.now() - moment > timedelta(minutes=minutes)
    return is_over and not has_right(actor, Right.EDIT_WITHOUT_LIMIT)


def may_see_history(actor: Member | None, post: Post) -> Verdict:
    """Whether the actor may see a post's revisions: its author and moderators."""
    sees, active = may_see_post(actor, post), _is_active(actor)
    if actor is None or not sees or not active:
        return sees and active
    if actor.id == post.author_id or _moderates(actor, post.thread):
        return YES
    return _no("Only the author and moderators can see this.")


def may_react(actor: Member | None, post: Post) -> Verdict:
    """Whether the actor may react to the post."""
    sees, writes = may_see_post(actor, post), may_write_in(actor, post.thread.board_id, post.thread_id)
    if actor is None or not sees or not writes:
        return sees and writes
    if not has_right(actor, Right.REACT):
        return _no("You cannot react to posts.")
    if actor.id == post.author_id:
        return _no("You cannot react to your own post.")
    return YES if post.is_public and post.thread.is_public else _no("This post is deleted or not approved.")


def may_moderate(actor: Member | None, thread: Thread) -> Verdict:
    """Whether the actor may pin, lock, move, delete and undelete the thread and its posts; not while it is merged."""
    sees, writes = may_see_thread(actor, thread), may_write_in(actor, thread.board_id, thread.id)
    if actor is None or not sees or not writes:
        return sees and writes
    if not _moderates(actor, thread):
        return unless_lacking(actor) and STAFF_ONLY
    return BEING_MERGED if thread.is_being_merged else YES


def may_see_members(actor: Member | None) -> Verdict:
    """Whether the actor may see the list of members and their profiles."""
    if has_right(actor, Right.SEE_MEMBERS):
        return YES
    return MUST_LOG_IN if actor is None else _no("You cannot see the members of this forum.")


def may_see_log(actor: Member | None) -> Verdict:
    """Whether the actor may read the audit log."""
    return may_use_right(actor, Right.SEE_LOG)


def may_administer(actor: Member | None) -> Verdict:
    """Whether the actor may do everything that admins may: also what no right gives to others."""
    writes = may_write(actor)
    if actor is None or not writes:
        return writes
    return unless_lacking(actor) if BuiltInGroup.ADMINS in groups_of(actor) else ADMINS_ONLY


def may_open_administration(actor: Member | None) -> Verdict:
    """Whether the actor may use any of the admin pages."""
    if actor is not None and scope_of(actor).rights & ADMIN_PAGE_RIGHTS:
        return may_write(actor) and unless_lacking(actor)
    return may_administer(actor)
