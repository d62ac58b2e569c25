"""Reporting posts, messages and members. The reported never learn of it; who reported is shown to moderators only."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm.attributes import set_committed_value

from forum import page_versions, permissions
from forum.conversations import access
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.ephemeral.rate_limits import hit
from forum.infra.errors import Conflict, Forbidden, Invalid, TooSoon
from forum.infra.text.messages import Message, body_text, say, visible_length
from forum.members.rules import DAY_SECONDS, HOUR_SECONDS
from forum.models import ConversationMessage, Member, Post, Report, ReportKind, ReviewItem, ReviewKind
from forum.models.moderation.report import MAX_REPORT_WORDS, MAX_SEEN_TEXT
from forum.moderation import reviews
from forum.moderation.reports.hiding import hide_if_reported_enough
from forum.site.queries import snapshot
from forum.verdicts import HIDDEN, MUST_LOG_IN, YES, Verdict

KINDS: Mapping[ReportKind, Message] = {
    ReportKind.SPAM: say("Spam or advertising"),
    ReportKind.ABUSE: say("Abuse or harassment"),
    ReportKind.OFF_TOPIC: say("Off topic, or in the wrong board"),
    ReportKind.ILLEGAL: say("Illegal content"),
    ReportKind.OTHER: say("Something else"),
}
REPORTS = {HOUR_SECONDS: 15, DAY_SECONDS: 50}  # how many a member may make, by seconds
MEMBER_AGAIN = timedelta(days=7)  # after which somebody whose report was decided may report the same member again


def may_report_post(actor: Member | None, post: Post) -> Verdict:
    """Whether the actor may report the post: members, also muted ones, what others wrote and is public."""
    sees, writes = permissions.may_see_post(actor, post), permissions.may_write(actor)
    if actor is None or not sees or not writes:
        return sees and (MUST_LOG_IN if actor is None else writes)
    if post.author_id == actor.id:
        return Verdict(Forbidden(say("You cannot report your own post.")))
    if not post.is_public or not post.thread.is_public:
        return Verdict(Forbidden(say("This post is deleted or not approved.")))
    return YES


def may_report_member(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may report another member, whose profile they may see."""
    if actor is None:
        return MUST_LOG_IN
    writes = permissions.may_write(actor) and permissions.may_see_members(actor)
    if writes and member.id == actor.id:
        return Verdict(Forbidden(say("You cannot report yourself.")))
    return HIDDEN if writes and member.closed_at else writes


def report_post(actor: Member, post: Post, *, kind: str, words: str = "") -> Report:
    """Report a post; a second time changes the actor's report."""
    if snapshot().report_hide_weight:
        page_versions.lock_thread(post.thread, post)
    permissions.require(may_report_post(actor, post))
    given = _checked(kind, words)
    _require_pace(actor)
    earlier = _decided_report(actor, reviews.is_about(post=post))
    if earlier is not None and earlier.revision == post.revision_count:
        raise Conflict(say("You have reported this post before, and moderators have decided about it."))
    report = _store(actor, reviews.open_case(ReviewKind.REPORT, post=post), given | {"revision": post.revision_count})
    set_committed_value(report.item, "post", post)
    hide_if_reported_enough(report.item, post)
    session.flush()
    return report


def report_member(actor: Member, member: Member, *, kind: str, words: str = "") -> Report:
    """Report a member; a second time changes the actor's report."""
    permissions.require(may_report_member(actor, member))
    given = _checked(kind, words)
    _require_pace(actor)
    earlier = _decided_report(actor, reviews.is_about(member_id=member.id))
    if earlier is not None and clock.now() - earlier.created_at < MEMBER_AGAIN:
        raise Conflict(say("Moderators have just decided about your report of this member."))
    item_id = reviews.open_case(ReviewKind.REPORT, member_id=member.id)
    report = _store(actor, item_id, given | {"seen_text": member.about[:MAX_SEEN_TEXT]})
    set_committed_value(report.item, "post", None)
    return report


def report_message(actor: Member, message: ConversationMessage, *, kind: str, words: str = "") -> Report:
    """Report a message of a conversation that the actor is in, as it is now; a second time changes their report."""
    permissions.require(access.may_report(actor, message))
    given = _checked(kind, words)
    _require_pace(actor)
    seen = message.source[:MAX_SEEN_TEXT]
    earlier = _decided_report(actor, reviews.is_about(message=message))
    if earlier is not None and earlier.seen_text == seen:
        raise Conflict(say("You have reported this message before, and moderators have decided about it."))
    report = _store(actor, reviews.open_case(ReviewKind.REPORT, message=message), given | {"seen_text": seen})
    set_committed_value(report.item, "post", None)
    return report


def _checked(kind: str, words: str) -> dict[str, object]:
    """The reason of a report. Raises Invalid."""
    clean = body_text(words)
    if kind not in set(ReportKind):
        raise Invalid({"kind": [say("Choose one.")]})
    if kind == ReportKind.OTHER and not visible_length(clean):
        raise Invalid({"words": [say("Say what is wrong.")]})
    if len(clean) > MAX_REPORT_WORDS:
        raise Invalid({"words": [say("Use at most %(num)d characters.", num=MAX_REPORT_WORDS)]})
    return {"kind": kind, "words": clean}


def _require_pace(actor: Member) -> None:
    for seconds, most in REPORTS.items():
        if wait := hit(f"report:{seconds}:{actor.id}", limit=most, seconds=seconds):
            raise TooSoon(say("You have reported a lot. Try again later."), retry_after=wait)


def _store(actor: Member, item_id: int, given: Mapping[str, object]) -> Report:
    values = {"item_id": item_id, "member_id": actor.id, "created_at": clock.now(), **given}
    statement = insert_into(Report).values(**values)
    changed = {name: values[name] for name in values if name not in {"item_id", "member_id"}}
    session.execute(statement.on_conflict_do_update(index_elements=["item_id", "member_id"], set_=changed))
    mine = select(Report).where(Report.item_id == item_id, Report.member_id == actor.id)
    report = session.scalars(mine.execution_options(populate_existing=True)).one()
    set_committed_value(report, "item", session.get_one(ReviewItem, item_id))
    return report


def _reports_about(actor: Member, content: ColumnElement[bool]) -> Select[Report]:
    return (
        select(Report)
        .join(Report.item)
        .where(Report.member_id == actor.id, ReviewItem.kind == ReviewKind.REPORT.value, content)
        .order_by(Report.id.desc())
        .limit(1)
    )


def _decided_report(actor: Member, content: ColumnElement[bool]) -> Report | None:
    """The actor's last report of some content about which moderators have decided."""
    return session.scalars(_reports_about(actor, content).where(ReviewItem.decided_at.is_not(None))).first()


def open_report(
    actor: Member,
    *,
    post: Post | None = None,
    message: ConversationMessage | None = None,
    member: Member | None = None,
) -> Report | None:
    """The actor's report that waits, of a post, a message or a member: what the form begins with."""
    content = reviews.is_about(post=post, message=message, member_id=member.id if member else 0)
    return session.scalars(_reports_about(actor, content).where(ReviewItem.decided_at.is_(None))).first()
