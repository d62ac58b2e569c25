"""Begin a cleaning, and its undoing. What takes long goes on in a job (running.py)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from forum import permissions
from forum.audit_log import Change, in_batch, record
from forum.boards.queries import find_board
from forum.decisions import actions as decisions
from forum.decisions.actions import Grounds
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid, MessageText, NotFound
from forum.infra.text.messages import comparison_key, one_line, say
from forum.members import sanctions
from forum.members.rules import MAX_BAN_REASON
from forum.models import Decision, DecisionKind, LogEntry, Member, Post, SpamCleaning, Thread
from forum.moderation import tools
from forum.moderation.cleaning import addresses, running, targets
from forum.moderation.cleaning.plan import MAX_LISTED, BanChoice, Plan, cleaned_boards, is_old, may_clean
from forum.moderation.cleaning.preview import preview
from forum.spam import blocked_links
from forum.spam.link_domains import domain_of
from forum.verdicts import YES, Verdict

REPEATED = timedelta(minutes=1)  # within which the same cleaning, sent again, is not begun again
KEPT_POSTS, MAX_KEPT_TEXT = 20, 20_000  # of what was removed, for the member to read
IS_UNDONE = Verdict(Conflict(say("This is undone already.")))


def start(actor: Member, member: Member, plan: Plan, *, name: str = "", own_host: str = "") -> SpamCleaning:
    """Begin a cleaning: the ban comes first. The caller commits, and then calls `running.run`.

    Of an old member the `name` must be typed. Sent twice, it is begun once. Raises Invalid, or Conflict if another
    cleaning of the member has not ended.
    """
    session.execute(select(Member.id).where(Member.id == member.id).with_for_update())
    permissions.require(may_clean(actor, member))
    if (same := _unfinished_or_same(member, plan)) is not None:
        return same
    _check(actor, member, plan, name, own_host)
    plan = replace(plan.at(clock.now()), newest_post=session.scalar(select(func.max(Post.id))) or 0)
    counted = preview(actor, member, plan)
    details: dict[str, Any] = {"reason": plan.reason, "threads": counted.threads, "posts": counted.posts}
    entry = record("clean-member", actor=actor, target=f"member:{member.id}", change=Change({}, {}), **details)
    session.flush()
    cleaning = SpamCleaning(entry_id=entry.id, member_id=member.id, plan=plan.stored(), planned=counted.total)
    cleaning.step, cleaning.cursor, cleaning.cursor_post = running.FIRST_STEP, 0, 0
    with in_batch(entry.id):
        blocked = _impose(actor, member, plan, own_host)
    cleaning.counts = {"addresses": blocked}
    decision = _state(actor, member, plan)
    cleaning.decision_id = decision.id if decision else None
    session.add(cleaning)
    session.flush()
    return cleaning


def _impose(actor: Member, member: Member, plan: Plan, own_host: str) -> int:
    """Impose the ban and the blocks; returns how many addresses are blocked by it."""
    networks = addresses.networks_of(member) if plan.addresses else []  # a ban ends the logins that name them
    if plan.ban is not BanChoice.NONE:
        sanctions.ban(actor, member, reason=plan.reason, rule=plan.rule, until=plan.ban_until)
    for domain in sorted(plan.links):
        blocked_links.block(actor, domain, days=plan.block_days, own_host=own_host)
    return addresses.block(actor, networks, days=plan.block_days, reason=plan.reason)


def _unfinished_or_same(member: Member, plan: Plan) -> SpamCleaning | None:
    """The member's last cleaning, if it is this one, sent again. Raises Conflict if another one has not ended."""
    last = latest_of(member)
    if last is None:
        return None
    varying = ("since", "newest_post")
    before, asked = ({key: kept[key] for key in kept if key not in varying} for kept in (last.plan, plan.stored()))
    is_recent = clock.now() - session.get_one(LogEntry, last.entry_id).at < REPEATED
    if before == asked and last.undo_id is None and (is_recent or last.is_running):
        return last
    if last.is_running:
        raise Conflict(say("This member is being cleaned, or that is being undone. Wait until it has ended."))
    return None


def _check(actor: Member, member: Member, plan: Plan, name: str, own_host: str) -> None:
    """Raise Invalid for what cannot be done."""
    faults = _faults_of_links(plan, own_host)
    if is_old(member) and comparison_key(name.strip()) != comparison_key(member.username):
        faults["name"] = [say("Type the member’s name, to confirm that you mean this member.")]
    if plan.ban is BanChoice.UNTIL and (plan.ban_until is None or plan.ban_until <= clock.now()):
        faults["ban_until"] = [say("Choose a day after today.")]
    if len(one_line(plan.reason)) > MAX_BAN_REASON:
        faults["reason"] = [say("Use at most %(num)d characters.", num=MAX_BAN_REASON)]
    if plan.board_id is not None and not _may_move_to(actor, plan.board_id):
        faults["board"] = [say("Choose a board in which you can start threads.")]
    if faults:
        raise Invalid(faults)
    does_nothing = (
        not (plan.posts or plan.pending or plan.reactions or plan.links or plan.addresses)
        and plan.ban is BanChoice.NONE
    )
    if does_nothing:
        raise Conflict(say("Nothing is ticked."))


def _faults_of_links(plan: Plan, own_host: str) -> dict[str, list[MessageText]]:
    faults: dict[str, list[MessageText]] = {}
    if len(plan.links) > MAX_LISTED:
        faults["links"] = [say("That is too many at once: at most %(num)d.", num=MAX_LISTED)]
    elif not all(domain_of(each) and not blocked_links.is_own(domain_of(each), own_host) for each in plan.links):
        faults["links"] = [say("Enter domains such as pills.example, not that of the forum.")]
    most = blocked_links.MAX_DAYS
    if (plan.links or plan.addresses) and not 1 <= plan.block_days <= most:
        faults["block_days"] = [say("Choose from %(least)d to %(most)d days.", least=1, most=most)]
    return faults


def _may_move_to(actor: Member, board_id: int) -> bool:
    try:
        board = find_board(actor, board_id)
    except NotFound:
        return False
    return tools.may_move_to(actor, board)


def _state(actor: Member, member: Member, plan: Plan) -> Decision | None:
    """Tell the member once that what they wrote is removed, with the newest of it; not for every post."""
    if not plan.posts:
        return None
    newest = select(Post.source).join(Thread, Thread.id == Post.thread_id)
    newest = newest.where(*targets.own_posts(member.id, plan), targets.in_boards(cleaned_boards(actor)))
    texts = session.scalars(newest.order_by(Post.created_at.desc(), Post.id.desc()).limit(KEPT_POSTS)).all()
    if not texts:
        return None
    text = "\n\n* * *\n\n".join(texts)[:MAX_KEPT_TEXT]
    return decisions.state(DecisionKind.CLEANED, actor, member.id, Grounds(plan.reason, plan.rule), text=text)


def may_undo(actor: Member | None, cleaning: SpamCleaning, member: Member) -> Verdict:
    """Whether the actor may undo a cleaning: who may clean up after the member, once."""
    may = may_clean(actor, member)
    return may and (YES if cleaning.undo_id is None else IS_UNDONE)


def undo(actor: Member, entry_id: int) -> SpamCleaning:
    """Begin to undo all of a cleaning, or of as much as it has done; the caller commits and calls `running.run`."""
    cleaning = running.locked(entry_id)
    if cleaning is None:
        raise NotFound
    member = session.get_one(Member, cleaning.member_id)
    permissions.require(may_undo(actor, cleaning, member))
    begun = record("undo-cleaning", actor=actor, target=f"member:{member.id}", change=Change({}, {}))
    session.flush()
    cleaning.finished_at = cleaning.finished_at or clock.now()
    cleaning.undo_id, cleaning.step, cleaning.cursor, cleaning.cursor_post = begun.id, running.UNDO, 0, 0
    if cleaning.decision_id is not None:
        decisions.end_one(DecisionKind.CLEANED, cleaning.decision_id)
    session.flush()
    return cleaning


def latest_of(member: Member) -> SpamCleaning | None:
    """The last cleaning of a member."""
    theirs = select(SpamCleaning).where(SpamCleaning.member_id == member.id)
    return session.scalars(theirs.order_by(SpamCleaning.entry_id.desc()).limit(1)).one_or_none()


def find(actor: Member, entry_id: int) -> SpamCleaning:
    """A cleaning that the actor began, or may undo. Raises NotFound."""
    cleaning = session.get(SpamCleaning, entry_id)
    if cleaning is None:
        raise NotFound
    member, entry = session.get_one(Member, cleaning.member_id), session.get_one(LogEntry, entry_id)
    if entry.actor_id != actor.id and not may_clean(actor, member):
        raise NotFound
    return cleaning


def threads_left(actor: Member, cleaning: SpamCleaning, *, most: int) -> Collection[Thread]:
    """The threads of which a cleaning has blanked the first post, as others have written in them."""
    from_log = select(LogEntry.target).where(LogEntry.batch_id == cleaning.entry_id, LogEntry.action == "edit-post")
    named = session.scalars(from_log.order_by(LogEntry.id).limit(most)).all()
    ids = [int(target.rpartition(":")[2]) for target in named if target.rpartition(":")[2].isdigit()]
    seen = select(Thread).join(Thread.board).join(Post, Post.thread_id == Thread.id).where(Post.id.in_(ids))
    return session.scalars(seen.where(permissions.visible_threads(actor)).order_by(Thread.id)).all() if ids else ()
