"""What changed between the revisions of a post, line by line."""

import difflib
from dataclasses import dataclass
from datetime import datetime

from forum.models import Member, Post
from forum.threads.queries import revisions_of

LINES_COMPARED = 2000


@dataclass(frozen=True)
class DiffLine:
    """A line of a comparison: "same", "added" or "removed"."""

    kind: str
    text: str


@dataclass(frozen=True)
class Revision:
    """One edit: who made it, when, and what it changed."""

    number: int
    editor: Member
    replaced_at: datetime
    diff: list[DiffLine]


def revisions_with_diffs(post: Post) -> list[Revision]:
    """Every edit of a post, newest first, each compared with what was there before it."""
    result, after = [], post.source
    for row in revisions_of(post):
        result.append(Revision(row.number, row.editor, row.replaced_at, diff(row.source, after)))
        after = row.source
    return result


def diff(before: str, after: str) -> list[DiffLine]:
    """The lines that stayed, went and came."""
    old, new = before.splitlines()[:LINES_COMPARED], after.splitlines()[:LINES_COMPARED]
    result: list[DiffLine] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=True).get_opcodes():
        if tag == "equal":
            result += [DiffLine("same", line) for line in old[a:b]]
        else:
            result += [DiffLine("removed", line) for line in old[a:b]] + [DiffLine("added", line) for line in new[c:d]]
    return result
