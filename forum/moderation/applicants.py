"""Moderators decide about those who want to join: approve, reject with a reason that is mailed, or ask first."""

from collections.abc import Iterable

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import joinedload

from forum import permissions
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import current_settings, session
from forum.infra.errors import Conflict, Invalid, NotFound
from forum.infra.text.messages import Message, body_text, one_line, say, visible_length
from forum.members import account_mail
from forum.members.credentials import sessions
from forum.models import Application, Member, ReviewItem, ReviewKind, Right
from forum.models.signup.application import MAX_QUESTION_TO_APPLICANT
from forum.moderation import reviews
from forum.moderation.open_count import forget_count
from forum.threads.rules import REASON_MAX
from forum.verdicts import YES, Verdict

IS_GONE = Verdict(Conflict(say("This account was approved or deleted since.")))


def may_decide(actor: Member | None) -> Verdict:
    """Whether the actor may decide who joins."""
    return permissions.may_use_right(actor, Right.BAN_MEMBERS)


def _cases() -> Select[ReviewItem]:
    return select(ReviewItem).where(ReviewItem.kind == ReviewKind.MEMBER.value).options(joinedload(ReviewItem.member))


def find_case(actor: Member, item_id: int) -> ReviewItem | None:
    """The case of an applicant that the actor may decide, or None if it is about something else."""
    if not may_decide(actor):
        return None
    return session.scalars(_cases().where(ReviewItem.id == item_id)).one_or_none()


def applications_of(items: Iterable[ReviewItem]) -> dict[int, Application]:
    """What the applicants among some cases wrote, by the ids of their members."""
    ids = [item.member_id for item in items if item.kind == ReviewKind.MEMBER]
    rows = session.scalars(select(Application).where(Application.member_id.in_(ids))) if ids else ()
    return {row.member_id: row for row in rows}


def decide(actor: Member, item: ReviewItem, *, decision: str, reason: str = "") -> None:
    """Approve or reject an applicant; "spam" rejects without a mail. Raises Conflict if it is decided already."""
    if decision == "approve":
        approve(actor, item)
    elif decision == "ask":
        ask(actor, item, question=reason)
    else:
        reject(actor, item, decision=decision, reason=reason)


def approve(actor: Member, item: ReviewItem) -> None:
    """Let an applicant join, and tell them."""
    member = _begin(actor, item)
    reviews.decide(actor, item, "approve")
    now = clock.now()
    member.joined_at = member.read_all_at = now
    member.awaits_approval_at = None
    session.execute(delete(Application).where(Application.member_id == member.id))
    if member.email:
        account_mail.tell_of_approval(member.email, username=member.username, link=_link("/login"))
    record("approve-member", actor=actor, target=f"member:{member.id}")
    session.flush()


def reject(actor: Member, item: ReviewItem, *, decision: str = "reject", reason: str = "") -> None:
    """Do not let an applicant join, and mail them why; their account is deleted after some days."""
    member, why = _begin(actor, item), one_line(reason)
    if len(why) > REASON_MAX:
        raise _wrong(say("Use at most %(num)d characters.", num=REASON_MAX))
    reviews.decide(actor, item, decision)
    values = {"rejected_at": clock.now(), "reason": why}
    session.execute(update(Application).where(Application.member_id == member.id).values(**values))
    sessions.end_all(member)
    if member.email and decision != "spam":
        account_mail.tell_of_rejection(member.email, username=member.username, reason=why, link=_link("/contact"))
    record("reject-member", actor=actor, target=f"member:{member.id}", reason=why, decision=decision)
    session.flush()


def ask(actor: Member, item: ReviewItem, *, question: str) -> None:
    """Hold the account and ask: the applicant is mailed the question, and answers on the page that they see."""
    member, text = _begin(actor, item), body_text(question).strip()
    if not visible_length(text):
        raise _wrong(say("Write what you want to know."))
    if len(text) > MAX_QUESTION_TO_APPLICANT:
        raise _wrong(say("Use at most %(num)d characters.", num=MAX_QUESTION_TO_APPLICANT))
    values = {"question": text, "asked_at": clock.now(), "reply": "", "replied_at": None}
    session.execute(update(Application).where(Application.member_id == member.id).values(**values))
    if member.email:
        account_mail.ask_applicant(member.email, username=member.username, question=text, link=_link("/login"))
    record("ask-member", actor=actor, target=f"member:{member.id}")
    session.flush()


def _wrong(words: Message) -> Invalid:
    return Invalid({"reason": [words]}, words)


def reopen(actor: Member, item: ReviewItem) -> None:
    """Let an account wait again that was rejected by mistake. Raises Conflict once it was approved."""
    permissions.require(may_decide(actor))
    member = _locked(item)
    application = session.get(Application, member.id, populate_existing=True)
    is_rejected = application is not None and application.rejected_at is not None
    permissions.require(YES if is_rejected and member.awaits_approval_at is not None else IS_GONE)
    values = {"rejected_at": None, "reason": ""}
    session.execute(update(Application).where(Application.member_id == member.id).values(**values))
    reopened = update(ReviewItem).where(ReviewItem.id == item.id)
    session.execute(reopened.values(decided_at=None, decided_by_id=None, decision=""))
    session.refresh(item, ["decided_at", "decided_by_id", "decision"])
    record("reopen-application", actor=actor, target=f"member:{member.id}")
    forget_count()
    session.flush()


def _begin(actor: Member, item: ReviewItem) -> Member:
    """Lock the account that waits. Raises Conflict unless it still does."""
    permissions.require(may_decide(actor))
    member = _locked(item)
    session.refresh(item, ["decided_at"])
    still = item.decided_at is None and member.awaits_approval_at is not None
    permissions.require(YES if still else reviews.ALREADY_DECIDED)
    return member


def _locked(item: ReviewItem) -> Member:
    query = select(Member).where(Member.id == item.member_id).with_for_update()
    member = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if member is None:
        raise NotFound
    return member


def _link(path: str) -> str:
    return f"{current_settings().base_url}{path}" if current_settings().base_url else path
