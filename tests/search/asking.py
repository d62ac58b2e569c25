"""Asking in a word."""

from dataclasses import replace
from datetime import date

from forum.models import Member
from forum.search.language import language
from forum.search.queries import Hit, SearchPage, search
from forum.search.rules import SearchQuery, take_apart


def ask(
    q: str,
    *,
    actor: Member | None = None,
    author: Member | None = None,
    board: str = "",
    days: tuple[date | None, date | None] = (None, None),
    sort: str = "relevance",
    page: int = 1,
) -> SearchPage:
    """What a search answers; `days` are after and before."""
    asked = take_apart(SearchQuery(q, board=board, after=days[0], before=days[1], sort=sort), language())
    return search(actor, replace(asked, author_id=author.id if author else None), page)


def titles(answer: SearchPage) -> list[str]:
    """The titles of the threads found."""
    return [hit.thread.title for hit in answer.hits]


def only(answer: SearchPage) -> Hit:
    """The one hit."""
    [hit] = answer.hits
    return hit
