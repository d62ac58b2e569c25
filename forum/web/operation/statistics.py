"""The statistics: charts, tables and a CSV file of what happened by day, week or month."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime

from babel import dates
from flask import Blueprint, Response, render_template, request
from werkzeug import Response as AnyResponse

from forum.admin.statistics import counting
from forum.admin.statistics.periods import Period
from forum.admin.statistics.queries import EARLIEST, Counts, counts_of, days_before
from forum.infra import clock
from forum.infra.errors import Invalid
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.models import Right
from forum.schemas.admin.statistics import StatisticsIn
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import Form, load_values
from forum.web.operation.plots import Plot, bar_plot

blueprint = Blueprint("admin_statistics", __name__, url_prefix="/admin/statistics")
KIND_LABELS: dict[str, Message] = {
    "members": say("New members"),
    "threads": say("New threads"),
    "posts": say("Posts"),
    "posters": say("Members who posted"),
    "reactions": say("Reactions"),
}
PERIOD_LABELS: dict[Period, Message] = {
    Period.DAY: say("Day"),
    Period.WEEK: say("Week"),
    Period.MONTH: say("Month"),
}


@dataclass(frozen=True)
class Chart:
    """A chart with its title and, where the numbers can be added, their sum."""

    kind: str
    title: str
    total: int | None
    plot: Plot


@blueprint.get("")
def statistics_page() -> str:
    """Show a chart for each kind of event, and all numbers as a table."""
    actor = administrator(Right.SEE_STATISTICS)
    form = Form()
    try:
        first, last, period = _range()
    except Invalid as error:
        first, last, period = _default_range()
        messages = {name: [translate(item) for item in items] for name, items in error.fields.items()}
        form = Form(request.args.to_dict(), messages)
    counts = counts_of(actor, first, last, period)
    labels = [_label(start, counts.period) for start in counts.starts]
    return render_template(
        "admin/statistics.html",
        form=form if form.errors else Form({"first": str(first), "last": str(last), "per": counts.period}),
        asked=period,
        counts=counts,
        charts=[_chart(kind, counts, labels) for kind in KIND_LABELS],
        labels=labels,
        periods=[(each, translate(label)) for each, label in PERIOD_LABELS.items()],
        is_behind=counts.counted_until is None or counts.counted_until < counts.period.start_of(clock.now().date()),
    )


@blueprint.get("/counts.csv")
def counts_file() -> Response:
    """The numbers as a CSV file."""
    actor = administrator(Right.SEE_STATISTICS)
    counts = counts_of(actor, *_range())
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow([counts.period, *counts.by_kind])
    rows.writerows(zip(counts.starts, *counts.by_kind.values(), strict=True))
    response = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"statistics-{counts.starts[0]}-{counts.starts[-1]}.csv"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


@blueprint.post("/recount")
def recount() -> AnyResponse:
    """Count everything again."""
    counting.recount(administrator())
    return toasts.with_toast(see("/admin/statistics"), "saved")


def _range() -> tuple[date, date, Period]:
    """What is asked for. Raises Invalid if it ends before it begins."""
    asked = load_values(StatisticsIn, request.args)
    first, last, _ = _default_range(asked["last"])
    if asked["first"] is not None:
        first = asked["first"].date()
    if first > last:
        raise Invalid({"last": [say("Choose a day that is not before the first.")]})
    return first, last, Period(asked["per"])


def _default_range(moment: datetime | None = None) -> tuple[date, date, Period]:
    last = max((moment or clock.now()).date(), EARLIEST)
    return days_before(last), last, Period.DAY


def _chart(kind: str, counts: Counts, labels: list[str]) -> Chart:
    values = counts.by_kind[kind]
    total = None if kind == "posters" else sum(value or 0 for value in values)
    return Chart(kind, translate(KIND_LABELS[kind]), total, bar_plot(values, labels))


def _label(start: date, period: Period) -> str:
    locale = snapshot().language
    return str(dates.format_skeleton("yMMM", start, locale=locale) if period is Period.MONTH else _day(start, locale))


def _day(start: date, locale: str) -> str:
    return str(dates.format_date(start, "medium", locale=locale))
