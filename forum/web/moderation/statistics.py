"""The figures of the moderators' work, and the transparency report of a half-year as CSV."""

import re
from datetime import date, timedelta

from flask import Blueprint, Response, render_template

from forum import permissions
from forum.auth import identity
from forum.infra import clock
from forum.infra.errors import NotFound
from forum.interfaces import translate
from forum.models import ReviewKind
from forum.moderation import reviews
from forum.moderation.reports.making import KINDS
from forum.moderation.statistics import transparency
from forum.moderation.statistics.figures import Span, by_moderator, figures_of, share
from forum.site.queries import snapshot
from forum.web.addresses import query_choice
from forum.web.forms import request_value
from forum.web.moderation.home import LABELS
from forum.web.operation.jobs import duration

blueprint = Blueprint("moderation_statistics", __name__, url_prefix="/moderation/statistics")
PERIODS = ("30", "90", "365")  # days, the default first
HALF_YEARS = 4  # of which the report is offered
_HALF = re.compile(r"([2-9][0-9]{3})-H([12])")


@blueprint.get("")
def show() -> str:
    """Show what came, what was decided and how long it took."""
    actor = identity.member()
    permissions.require(reviews.may_review_some(actor))
    days, now, is_admin = query_choice("days", PERIODS), clock.now(), bool(permissions.may_administer(actor))
    span = Span(now - timedelta(days=int(days)), now)
    return render_template(
        "moderation/statistics.html",
        figures=figures_of(span),
        moderators=by_moderator(span) if is_admin else [],
        halves=_halves(snapshot().day_of(now)) if is_admin else [],
        days=days,
        periods=PERIODS,
        kinds={kind.value: translate(words) for kind, words in KINDS.items()},
        labels={kind: translate(LABELS[kind]) for kind in ReviewKind if kind in LABELS},
        duration=lambda value: translate(duration(value.total_seconds())) if value is not None else "–",
        share=share,
    )


def _halves(today: date) -> list[str]:
    """The names of the last half-years, this one first."""
    number = today.year * 2 + (today.month > 6)
    return [f"{each // 2}-H{each % 2 + 1}" for each in range(number, number - HALF_YEARS, -1)]


@blueprint.get("/transparency.csv")
def transparency_report() -> Response:
    """Download the transparency report of a half-year such as 2026-H2; for admins."""
    permissions.require(permissions.may_administer(identity.member()))
    wanted = _HALF.fullmatch(request_value("half"))
    if wanted is None or int(wanted[1]) > transparency.LAST_YEAR:
        raise NotFound
    name, span = transparency.half_year(int(wanted[1]), int(wanted[2]))
    response = Response(transparency.report(name, figures_of(span)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="transparency-{name}.csv"'
    return response
