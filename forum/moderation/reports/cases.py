"""Cases of reports as moderators see them: lists, and one with all that was said about it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, literal, select
from sqlalchemy.orm import joinedload

from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page
from forum.models import (
    ConversationMessage,
    IllegalNotice,
    Member,
    NoticedContent,
    Post,
    PostRevision,
    Report,
    ReportKind,
    ReviewItem,
    ReviewKind,
    ReviewNote,
)
from forum.models.members.member import with_member_name
from forum.moderation import reviews
from forum.moderation.illegal_content.notices import notices_of
from forum.moderation.reports.reporters import TrackRecord, track_records

LIST_PAGES = 500
MAX_SHOWN = 50  # reports, notes and earlier cases on the page of a case
LISTS = ("open", "mine", "decided")


@dataclass(frozen=True)
class Reported:
    """A report with how often its member was right before."""

    report: Report
    record: TrackRecord


@dataclass(frozen=True)
class Case:
    """A case with its reports, notices of illegal content, notes, and the earlier ones about the same member."""

    item: ReviewItem
    reports: list[Reported]
    notices: list[IllegalNotice]
    notes: list[ReviewNote]
    earlier: list[ReviewItem]
    seen_text: str | None  # what was reported, if it was changed since

    @property
    def post(self) -> Post | None:
        """The reported post."""
        return self.item.post


def with_names(cases: Select[ReviewItem]) -> Select[ReviewItem]:
    """Cases with the members whose names a list shows."""
    names = (ReviewItem.member, ReviewItem.assignee, ReviewItem.decided_by)
    return cases.options(*map(with_member_name, names))


def cases_on_page(
    actor: Member, shown: str, number: int, *, kind: ReviewKind = ReviewKind.REPORT
) -> tuple[list[ReviewItem], Page]:
    """Cases of a kind: "open" and "mine" oldest first, "decided" newest first. Raises NotFound past the end."""
    is_of_kind = ReviewItem.kind == kind.value
    if shown == "decided":
        return _on_page(actor, number, is_of_kind, ReviewItem.decided_at.is_not(None), newest_first=True)
    mine = [ReviewItem.assignee_id == actor.id] if shown == "mine" else []
    return _on_page(actor, number, is_of_kind, ReviewItem.decided_at.is_(None), *mine)


def waiting_on_page(actor: Member, number: int) -> tuple[list[ReviewItem], Page]:
    """All that waits for the actor's decision, of every kind, oldest first. Raises NotFound past the end."""
    return _on_page(actor, number, ReviewItem.decided_at.is_(None), reviews.stands_alone(actor))


def _on_page(
    actor: Member, number: int, *conditions: ColumnElement[bool], newest_first: bool = False
) -> tuple[list[ReviewItem], Page]:
    ids = reviews.reviewable_columns(actor, ReviewItem.id).where(*conditions)
    page = bounded_count(number, ids, most=LIST_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    by_age, by_decision = (ReviewItem.opened_at, ReviewItem.id), (ReviewItem.decided_at.desc(), ReviewItem.id.desc())
    cases = with_names(
        reviews.reviewable(actor).where(*conditions).order_by(*(by_decision if newest_first else by_age))
    )
    return list(session.scalars(cases.offset(page.offset).limit(page.size))), page


def report_counts(items: list[ReviewItem]) -> dict[int, list[str]]:
    """The kinds of the reports of some cases, by the cases' ids, and of their notices of illegal content."""
    kinds: dict[int, list[str]] = {item.id: [] for item in items}
    rows = select(Report.item_id, Report.kind).where(Report.item_id.in_(kinds)).order_by(Report.id)
    illegal = literal(ReportKind.ILLEGAL.value)
    notices = select(NoticedContent.item_id, illegal).where(NoticedContent.item_id.in_(kinds))
    for statement in (notices, rows) if kinds else ():
        for item_id, kind in session.execute(statement):
            kinds[item_id or 0].append(kind)
    return kinds


def find_report_case(actor: Member, item_id: int) -> ReviewItem:
    """A case of reports that the actor may decide, with the names of its members; raises NotFound."""
    wanted = reviews.reviewable(actor).where(ReviewItem.id == item_id, ReviewItem.kind == ReviewKind.REPORT.value)
    item = session.scalars(with_names(wanted).execution_options(populate_existing=True)).one_or_none()
    if item is None or not reviews.may_review(actor, item):
        raise NotFound
    return item


def case_of(actor: Member, item: ReviewItem) -> Case:
    """A case with all that was said about it."""
    reports = list(
        session.scalars(
            select(Report)
            .where(Report.item_id == item.id)
            .order_by(Report.id)
            .limit(MAX_SHOWN)
            .options(joinedload(Report.member))
        )
    )
    notes = select(ReviewNote).where(ReviewNote.item_id == item.id).order_by(ReviewNote.id.desc()).limit(MAX_SHOWN)
    earlier = reviews.reviewable(actor).where(
        ReviewItem.member_id == item.member_id, ReviewItem.id != item.id, ReviewItem.kind == ReviewKind.REPORT.value
    )
    records = track_records([report.member_id for report in reports])
    return Case(
        item,
        [Reported(report, records.get(report.member_id, TrackRecord())) for report in reports],
        notices_of(item, MAX_SHOWN),
        list(session.scalars(notes.options(joinedload(ReviewNote.member))))[::-1],
        list(session.scalars(with_names(earlier).order_by(ReviewItem.id.desc()).limit(MAX_SHOWN))),
        _seen_text(item, reports),
    )


def _seen_text(item: ReviewItem, reports: list[Report]) -> str | None:
    """What the first report was about, if it has been changed since."""
    if not reports:
        return None
    if item.message_id is not None:  # read on a page of its own, which is logged
        return None
    if item.post is None:
        return reports[0].seen_text if reports[0].seen_text != item.member.about else None
    if reports[0].revision == item.post.revision_count:
        return None
    kept = (PostRevision.post_id == item.post.id, PostRevision.number == reports[0].revision + 1)
    return session.scalar(select(PostRevision.source).where(*kept))


def own_reports(member: Member, number: int) -> tuple[list[Report], Page]:
    """A page of a member's own reports, newest first, with what they are about. Raises NotFound past the end."""
    mine = select(Report).where(Report.member_id == member.id)
    page = bounded_count(number, mine.with_only_columns(Report.id), most=LIST_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    item = joinedload(Report.item)
    loaded = mine.options(
        item.joinedload(ReviewItem.post).joinedload(Post.thread),
        item.joinedload(ReviewItem.message).load_only(
            ConversationMessage.conversation_id, ConversationMessage.position
        ),
        item.joinedload(ReviewItem.member),
    )
    return list(session.scalars(loaded.order_by(Report.id.desc()).offset(page.offset).limit(page.size))), page
