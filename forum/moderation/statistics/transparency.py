"""The transparency report of a half-year, in the categories of articles 15 and 24 of the European Digital Services Act.

What the forum does not record, such as orders of authorities, is not in it; docs/moderation.md says what
to add by hand.
"""

import csv
import io
from datetime import date, timedelta

from forum.models import DecisionKind, ReviewKind
from forum.models.moderation.appeal import REVERSE, UPHOLD
from forum.models.moderation.report import DISMISSED, UPHELD
from forum.moderation.statistics.figures import Figures, Span, Times, share
from forum.site.queries import snapshot

FIRST_YEAR, LAST_YEAR = 2000, 9998
COLUMNS = ("period", "article", "measure", "category", "value", "unit")
Line = tuple[str, str, str, object, str]


def half_year(year: int, half: int) -> tuple[str, Span]:
    """The name of a calendar half-year, 1 or 2, and its span in the site's time zone."""
    first, end = (date(year, 1, 1), date(year, 7, 1)) if half == 1 else (date(year, 7, 1), date(year + 1, 1, 1))
    site = snapshot()
    return f"{year}-H{half}", Span(site.start_of(first), site.start_of(end))


def report(name: str, figures: Figures) -> str:
    """The report as CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows((name, *line) for line in lines(figures))
    return text.getvalue()


def lines(figures: Figures) -> list[Line]:
    """The lines of the report, without the period."""
    parts = (_notices, _moderation, _complaints, _automation, _suspensions)
    return [line for part in parts for line in part(figures)]


def _notices(figures: Figures) -> list[Line]:
    article, notices = "15(1)(b)", figures.notices
    return [
        (article, "notices of illegal content received", "", notices.received, "notices"),
        (article, "notices decided", "", notices.decided, "notices"),
        (article, "notices decided", "found right", notices.right, "notices"),
        (article, "notices decided", "within the deadline", notices.in_time, "notices"),
        (article, "notices decided", "by automated means", 0, "notices"),
        *_times(article, "time to decide a notice", figures.notice_time),
        *((article, "reports by members", kind, number, "reports") for kind, number in sorted(figures.reports.items())),
        (article, "cases of reports and notices decided", UPHELD, figures.of(ReviewKind.REPORT, UPHELD), "cases"),
        (article, "cases of reports and notices decided", DISMISSED, figures.of(ReviewKind.REPORT, DISMISSED), "cases"),
        *_times(article, "time until a moderator responds", figures.response),
        *_times(article, "time to decide a case", figures.resolution),
    ]


def _moderation(figures: Figures) -> list[Line]:
    kinds = sorted(kind.value for kind in DecisionKind)
    return [("15(1)(c)", "restrictions", kind, figures.decisions.get(kind, 0), "decisions") for kind in kinds]


def _complaints(figures: Figures) -> list[Line]:
    article, kind = "15(1)(d)", ReviewKind.APPEAL
    return [
        (article, "appeals received", "", figures.opened.get(kind, 0), "appeals"),
        (article, "appeals decided", UPHOLD, figures.of(kind, UPHOLD), "appeals"),
        (article, "appeals decided", REVERSE, figures.of(kind, REVERSE), "appeals"),
        *_times(article, "time to decide an appeal", figures.appeal_time),
    ]


def _automation(figures: Figures) -> list[Line]:
    article, kind = "15(1)(e)", ReviewKind.HELD_POST
    decided = [(way, figures.of(kind, way)) for way in ("approve", "reject", "spam")]
    found, wrong = figures.held_by_filter
    rate = _rate(decided[0][1], sum(number for _, number in decided))
    return [
        (article, "posts held by rules for a moderator", "", figures.opened.get(kind, 0), "posts"),
        *((article, "held posts decided", way, number, "posts") for way, number in decided),
        (article, "error rate of holding", "all rules", rate, "share"),
        (article, "error rate of holding", "spam filter", _rate(wrong, found), "share"),
        (article, "posts hidden by reports, decided", "", figures.hidden_by_reports[0], "posts"),
        (article, "posts hidden by reports, decided", "reports not right", figures.hidden_by_reports[1], "posts"),
    ]


def _suspensions(figures: Figures) -> list[Line]:
    kinds = (DecisionKind.BAN.value, DecisionKind.MUTE.value)
    return [("24(1)(b)", "suspensions", kind, figures.decisions.get(kind, 0), "decisions") for kind in kinds]


def _times(article: str, measure: str, times: Times) -> list[Line]:
    return [(article, measure, name, _hours(value), "hours") for name, value in times._asdict().items()]


def _hours(value: timedelta | None) -> object:
    return "" if value is None else round(value.total_seconds() / 3600, 2)


def _rate(part: int, whole: int) -> object:
    rate = share(part, whole)
    return "" if rate is None else round(rate, 4)
