"""Query parameters of a search, shared by the page's form and the API, and their parsing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import fields, validate

from forum.infra.errors import Invalid, MessageText
from forum.infra.text.messages import one_line, say
from forum.members.queries import member_by_name
from forum.schemas.listing import PageIn
from forum.schemas.shapes import MAX_ID, CleanText, QueryInteger
from forum.search.index.index_language import language
from forum.search.query.parser import QUERY_MAX, SORTS, SearchQuery, parse_search
from forum.search.query.query import ParsedQuery

NAME_MAX = 200  # longer than any name
OPERATORS = (
    'Words, "exact phrases", -excluded; author:, board:, before:, after: and in:title filter, -author: and -board: '
    "exclude."
)


class SearchIn(PageIn):
    """Query parameters of a search."""

    q = CleanText(
        load_default="",
        most=QUERY_MAX,
        metadata={"description": OPERATORS},
    )
    author = CleanText(
        load_default="",
        most=NAME_MAX,
        metadata={"description": "Only posts by the member with this name."},
    )
    board = QueryInteger(
        load_default=None,
        allow_none=False,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "Only threads in this board and its sub-boards."},
    )
    thread = QueryInteger(
        load_default=None,
        allow_none=False,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "Only posts in this thread, each as an item of its own."},
    )
    after = fields.Date(
        load_default=None, allow_none=False, metadata={"description": "Posted on or after this day, in UTC."}
    )
    before = fields.Date(
        load_default=None, allow_none=False, metadata={"description": "Posted before this day, in UTC."}
    )
    sort = CleanText(load_default=SORTS[0], validate=validate.OneOf(SORTS))


def parse_query(given: Mapping[str, Any]) -> ParsedQuery:
    """Parse the loaded fields of SearchIn and look up the named members. Raises Invalid if one does not exist."""
    texts = one_line(given["q"]), one_line(given["author"]), str(given["board"] or "")
    parsed = parse_search(
        SearchQuery(*texts, given["after"], given["before"], given["sort"], given["thread"]), language()
    )
    author = parsed.query.author
    author_id = _member_id(author, is_typed=author != texts[1]) if author else None
    return replace(parsed, author_id=author_id, without_author_ids=frozenset(map(_member_id, parsed.without_authors)))


def _member_id(name: str, *, is_typed: bool = True) -> int:
    member = member_by_name(name)
    if member is None:
        raise Invalid({"author": [_nobody(name, is_typed=is_typed)]})
    return member.id


def _nobody(name: str, *, is_typed: bool) -> MessageText:
    if not is_typed or " " in name:
        return say("There is no member “%(name)s”.", name=name)
    return say('There is no member “%(name)s”. Put a name of several words in quotes: author:"two words"', name=name)
