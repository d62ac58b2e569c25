"""The moderators' home: what waits for them, oldest first, and how long they take."""

from collections.abc import Mapping

from flask import Blueprint, render_template

from forum import permissions
from forum.auth import identity
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.models import ReviewItem, ReviewKind, Right
from forum.moderation import campaigns, reviews
from forum.moderation.reports.cases import waiting_on_page
from forum.moderation.statistics import waiting
from forum.web.addresses import page_number
from forum.web.operation.jobs import duration

blueprint = Blueprint("moderators_home", __name__)
LABELS: Mapping[str, Message] = {
    ReviewKind.REPORT: say("Report"),
    ReviewKind.HELD_POST: say("New post"),
    ReviewKind.HELD_EDIT: say("Edit"),
    ReviewKind.CAMPAIGN: say("Campaign"),
    ReviewKind.MEMBER: say("New member"),
    ReviewKind.APPEAL: say("Appeal"),
}
PAGES: Mapping[str, str] = {  # others: queue
    ReviewKind.REPORT: "reports",
    ReviewKind.APPEAL: "appeals",
    ReviewKind.CAMPAIGN: "campaigns",
}


def path_of_case(item: ReviewItem) -> str:
    """Where a case is decided."""
    return f"/moderation/{PAGES.get(item.kind, 'queue')}/{item.id}"


@blueprint.get("/moderation")
def show() -> str:
    """Show what waits for the moderator's decision."""
    actor = identity.member()
    permissions.require(reviews.may_review_some(actor))
    items, page = waiting_on_page(actor, page_number())
    return render_template(
        "moderation/home.html",
        items=items,
        page=page,
        can_ban=bool(permissions.may_use_right(actor, Right.BAN_MEMBERS)),
        extents=campaigns.extents(actor, items),
        figures=waiting.figures_for(actor),
        labels={kind: translate(label) for kind, label in LABELS.items()},
        path_of_case=path_of_case,
        duration=lambda span: translate(duration(span.total_seconds())),
        days=waiting.FIGURE_DAYS,
        most=waiting.OPEN_CASES,
    )
