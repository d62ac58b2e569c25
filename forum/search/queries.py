"""Search: the threads that match a query, each with its best post."""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.paging import SIZE, Page
from forum.infra.text.messages import say
from forum.markup.plain_text import shown_text
from forum.models import Member, Post, Thread
from forum.search.query import shortening
from forum.search.query.board_filters import scope_of
from forum.search.query.candidates import Candidate, Matches, candidates, hit_key
from forum.search.query.missing_terms import missing
from forum.search.query.parser import PAGES_MAX
from forum.search.query.query import ParsedQuery
from forum.search.query.scope import SearchScope
from forum.search.suggest.corrections import did_you_mean
from forum.search.text.snippets import HighlightedText, highlight, snippet


@dataclass(frozen=True)
class Hit:
    """A thread, its best post (None if its first post is missing), and how many more of its posts match.

    `missing` are the query words that neither contains, as typed.
    """

    thread: Thread
    post: Post | None
    title: HighlightedText
    snippet: HighlightedText
    more: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchPage:
    """A page of hits; `did_you_mean` is the query with its misspelt words corrected, or empty.

    `extent` says whether the hits are "all" matches, the "newest" or "some" of them. `loosened` are phrases, as typed,
    that occur nowhere: the hits contain their words instead. `shortened_to` are the words and phrases searched for, as
    typed, if the query had too many.
    """

    hits: list[Hit]
    page: Page
    did_you_mean: str = ""
    extent: str = "all"
    loosened: tuple[str, ...] = ()
    shortened_to: tuple[str, ...] = ()


def search(actor: Member | None, parsed: ParsedQuery, page: int = 1) -> SearchPage:
    """A page of 20 threads, or of 20 posts of one thread; raises Invalid for a query without words or filters."""
    is_too_long = shortening.is_too_long(parsed)
    parsed = shortening.shorten(actor, parsed) if is_too_long else parsed
    answer, groups = _answers(actor, parsed)
    shown = Page(page, len(groups))
    correction = did_you_mean(actor, parsed) if page == 1 and not is_too_long else ""
    hits = _hits(groups[shown.offset : shown.offset + SIZE], parsed, answer)
    loosened = parsed.exact if groups and answer.is_loose else ()
    return SearchPage(hits, shown, correction, answer.extent, loosened, parsed.as_typed if is_too_long else ())


def matching_thread_ids(actor: Member | None, parsed: ParsedQuery) -> list[int]:
    """The ids of all threads that can be paged to, in result order."""
    parsed = shortening.shorten(actor, parsed) if shortening.is_too_long(parsed) else parsed
    return [group[0].row.thread_id for group in _answers(actor, parsed)[1]]


def _answers(actor: Member | None, parsed: ParsedQuery) -> tuple[Matches, list[list[Candidate]]]:
    scope = scope_of(actor, parsed)
    if not parsed.words and not scope.is_narrow:
        raise Invalid({"q": [say("Enter at least one word to search for.")]})
    answer = candidates(scope, parsed)
    return answer, _grouped(scope, answer.ranked)


def _grouped(scope: SearchScope, ranked: list[Candidate]) -> list[list[Candidate]]:
    """The rows grouped by hit, ordered by their best row; as many hits as can be paged through."""
    groups: dict[tuple[str, int], list[Candidate]] = {}
    for candidate in ranked:
        groups.setdefault(hit_key(scope, candidate.row), []).append(candidate)
    return list(groups.values())[: PAGES_MAX * SIZE]


def _hits(groups: list[list[Candidate]], parsed: ParsedQuery, answer: Matches) -> list[Hit]:
    best = [group[0].row for group in groups]
    lacking = missing([group[0].row for group in groups if not group[0].is_complete], answer.needed, parsed)
    thread_options, post_options = (joinedload(Thread.board), joinedload(Thread.starter)), (joinedload(Post.author),)
    threads = select(Thread).where(Thread.id.in_([row.thread_id for row in best])).options(*thread_options)
    loaded = {thread.id: thread for thread in session.scalars(threads)}
    posts = select(Post).where(Post.id.in_([row.post_id for row in best if row.post_id])).options(*post_options)
    loaded_posts = {post.id: post for post in session.scalars(posts)}
    matched = parsed.loosened if answer.is_loose else parsed
    shown = [
        _hit(loaded[row.thread_id], loaded_posts.get(row.post_id or 0), matched, is_whole=group[0].is_whole)
        for row, group in zip(best, groups, strict=True)
    ]
    return [
        replace(hit, more=len(group) - 1, missing=lacking.get(row, ()))
        for hit, row, group in zip(shown, best, groups, strict=True)
    ]


def _hit(thread: Thread, post: Post | None, parsed: ParsedQuery, *, is_whole: bool) -> Hit:
    words, parts = frozenset(parsed.words), () if is_whole else parsed.sequences
    title, text = thread.title, shown_text(post.html) if post else ""
    return Hit(
        thread, post, highlight(title, words, parsed.language, parts), snippet(text, words, parsed.language, parts)
    )
