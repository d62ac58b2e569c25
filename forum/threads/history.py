"""Line diffs between the revisions of a post."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from forum.infra.errors import NotFound
from forum.infra.paging import Page
from forum.models import Member, Post
from forum.threads.queries import revisions_of

EDITS_PER_PAGE = 10  # edits
LINES_COMPARED = 500  # of each text; diffing longer ones takes seconds
CONTEXT = 3  # unchanged lines around a change


@dataclass(frozen=True)
class DiffLine:
    """A line of a diff: "same", "added", "removed", or "gap" where unchanged lines are omitted."""

    kind: str
    text: str = ""


@dataclass(frozen=True)
class Revision:
    """One edit: who made it, when, and what it changed."""

    number: int
    editor: Member
    replaced_at: datetime
    diff: list[DiffLine]


def revisions_with_diffs(post: Post, number: int = 1) -> tuple[list[Revision], Page]:
    """A page of a post's edits, newest first, each with its diff. Raises NotFound past the end."""
    page = Page(number, post.revision_count, EDITS_PER_PAGE)
    if not 1 <= number <= page.count:
        raise NotFound
    newest = post.revision_count - page.offset
    rows = revisions_of(post, newest, EDITS_PER_PAGE + 1)
    after = post.source
    if number > 1:
        after, rows = rows[0].source, rows[1:]
    result = []
    for row in islice(rows, EDITS_PER_PAGE):
        result.append(Revision(row.number, row.editor, row.replaced_at, diff(row.source, after)))
        after = row.source
    return result, page


def diff(before: str, after: str) -> list[DiffLine]:
    """The removed and added lines, with a few unchanged lines of context."""
    old, new = before.splitlines()[:LINES_COMPARED], after.splitlines()[:LINES_COMPARED]
    groups = difflib.SequenceMatcher(None, old, new, autojunk=True).get_grouped_opcodes(CONTEXT)
    result: list[DiffLine] = []
    end = 0
    for group in groups:
        if group[0][1] > end:
            result.append(DiffLine("gap"))
        result += _lines(group, old, new)
        end = group[-1][2]
    return result


def _lines(group: list[tuple[str, int, int, int, int]], old: list[str], new: list[str]) -> Iterator[DiffLine]:
    for tag, a, b, c, d in group:
        if tag == "equal":
            yield from (DiffLine("same", line) for line in old[a:b])
        else:
            yield from (DiffLine("removed", line) for line in old[a:b])
            yield from (DiffLine("added", line) for line in new[c:d])
