"""State what staff decided, tell the member, and note that it was taken back."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select, update

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Decision, DecisionKind, Member, Notification, Post, Thread
from forum.notifications.actions import forget, tell


class Grounds(NamedTuple):
    """Why staff do something: what the member is told, and the rule that was broken."""

    reason: str = ""
    rule: str = ""


NO_GROUNDS = Grounds()


def state(
    kind: DecisionKind,
    actor: Member | None,
    member_id: int,
    grounds: Grounds = NO_GROUNDS,
    *,
    about: Post | Thread | None = None,
    text: str = "",
) -> Decision | None:
    """Keep what staff did to a member or what they wrote, with the `text` before, and tell them; not who did it."""
    if actor is not None and actor.id == member_id:
        return None
    post, thread = (about, about.thread) if isinstance(about, Post) else (None, about)
    title = thread.title if thread and thread.starter_id == member_id else ""  # others may be hidden later
    values = {"kind": kind.value, "member_id": member_id, "by_id": actor.id if actor else None, "at": clock.now()}
    told = {"title": title, "text": text, "rule": grounds.rule, "reason": grounds.reason}
    decision = Decision(**values, **told)
    decision.about_post_id = post.id if post else None
    decision.about_thread_id = thread.id if thread and post is None else None
    session.add(decision)
    session.flush()
    details = {"decision": decision.kind, "title": title, "reason": decision.reason}
    tell(member_id, "decision", subject=f"decision:{decision.id}", details=details)
    return decision


def end_about(kind: DecisionKind, about: Post | Thread) -> None:
    """Note that a deletion or the like was taken back."""
    column = Decision.about_post_id if isinstance(about, Post) else Decision.about_thread_id
    _end(kind, column == about.id)


def end_latest(kind: DecisionKind, about: Post) -> None:
    """Note that the latest decision of a kind about a post was taken back."""
    newest = select(func.max(Decision.id)).where(Decision.kind == kind.value, Decision.about_post_id == about.id)
    _end(kind, Decision.id == newest.scalar_subquery())


def end_sanctions(kind: DecisionKind, member_id: int, begun: Collection[datetime]) -> None:
    """Note that bans or mutes of a member, which began at these moments, were lifted or replaced."""
    if begun:
        _end(kind, (Decision.member_id == member_id) & Decision.at.in_(begun))


def resume_sanction(kind: DecisionKind, member_id: int, begun: datetime) -> None:
    """Note that a ban or mute of a member, which began at this moment and was replaced, is in force again."""
    theirs = (Decision.kind == kind.value, Decision.member_id == member_id, Decision.at == begun)
    again = update(Decision).where(*theirs).values(ended_at=None)
    session.execute(again, execution_options={"synchronize_session": False})


def end_one(kind: DecisionKind, decision_id: int) -> None:
    """Note that one decision was taken back."""
    _end(kind, Decision.id == decision_id)


def _end(kind: DecisionKind, which: ColumnElement[bool]) -> None:
    """Note it, and delete what the members were told of it, unless they have seen that."""
    still_open = update(Decision).where(which, Decision.kind == kind.value, Decision.ended_at.is_(None))
    ended = session.execute(
        still_open.values(ended_at=clock.now()).returning(Decision.id, Decision.member_id),
        execution_options={"synchronize_session": False},
    ).all()
    for decision_id, member_id in ended:
        about = (Notification.member_id == member_id, Notification.is_about(f"decision:{decision_id}"))
        forget(and_(*about, Notification.kind == "decision", Notification.seen_at.is_(None)))
