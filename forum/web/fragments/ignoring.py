"""What readers see less of because they ignore who wrote it: threads in lists, and quotes."""

from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from flask_babel import gettext as _
from markupsafe import Markup, escape

from forum.markup.folded_quotes import fold_quotes, quoted_posts
from forum.models import Member
from forum.relations.queries import ignored_by, posts_of_ignored
from forum.threads.lists import ThreadRow

Row = TypeVar("Row")


class Parted(NamedTuple, Generic[Row]):
    """The rows of a list that a reader is shown at once, and those by members whom they ignore."""

    rows: list[Row]
    ignored: list[Row]


def parted(reader: Member | None, rows: Iterable[Row], author_id: Callable[[Row], int]) -> Parted[Row]:
    """The rows of a list by whether the reader ignores their authors; the order stays."""
    ignored, parts = ignored_by(reader), Parted[Row]([], [])
    for row in rows:
        (parts.ignored if author_id(row) in ignored else parts.rows).append(row)
    return parts


def without_ignored(reader: Member | None, rows: Iterable[Row], author_id: Callable[[Row], int]) -> list[Row]:
    """The rows whose authors the reader does not ignore."""
    return parted(reader, rows, author_id).rows


def starter_of(row: ThreadRow) -> int:
    """The id of the member who started the thread of a row."""
    return row.thread.starter_id


def with_folded_quotes(reader: Member | None, html: Markup) -> Markup:
    """The HTML of posts, with quotes of those whom the reader ignores folded away; one query if there are quotes."""
    ignored = ignored_by(reader)
    theirs = posts_of_ignored(quoted_posts(html), ignored) if ignored else set()
    if not theirs:
        return html
    return Markup(fold_quotes(html, theirs, summary=escape(_("Quote of a member you ignore"))))  # noqa: S704 - safe HTML
