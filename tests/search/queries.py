"""Shortcuts to run searches."""

from dataclasses import replace
from datetime import date

from forum.models import Member, Thread
from forum.search.index.index_language import language
from forum.search.queries import Hit, SearchPage, search
from forum.search.query.parser import SearchQuery, parse_search
from forum.search.suggest.suggestions import suggest


def ask(
    q: str,
    *,
    actor: Member | None = None,
    author: Member | None = None,
    without: tuple[Member, ...] = (),
    board: str = "",
    thread: Thread | None = None,
    days: tuple[date | None, date | None] = (None, None),
    sort: str = "relevance",
    page: int = 1,
) -> SearchPage:
    """The result of a search; `days` are after and before."""
    query = SearchQuery(q, "", board, *days, sort, thread.id if thread else None)
    parsed = parse_search(query, language())
    left_out = frozenset(member.id for member in without)
    parsed = replace(parsed, author_id=author.id if author else None, without_author_ids=left_out)
    return search(actor, parsed, page)


def suggested(typed: str, actor: Member | None = None) -> list[str]:
    """The titles that are suggested while a query is typed."""
    return [thread.title for thread, _ in suggest(actor, parse_search(SearchQuery(typed), language()))]


def titles(answer: SearchPage) -> list[str]:
    """The titles of the threads found."""
    return [hit.thread.title for hit in answer.hits]


def only_hit(answer: SearchPage) -> Hit:
    """The only hit."""
    [hit] = answer.hits
    return hit
