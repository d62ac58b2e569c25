"""Searching: the threads that answer a query, each with its best post."""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forum.infra.db import session
from forum.infra.errors import Invalid
from forum.infra.messages import say
from forum.infra.paging import SIZE, Page
from forum.markup.plain_text import shown_text
from forum.models import Member, Post, Thread
from forum.search.query import shortening
from forum.search.query.board_filters import scope_of
from forum.search.query.candidates import Answer, Candidate, candidates, unit
from forum.search.query.missing_terms import missing
from forum.search.query.parser import PAGES_MAX
from forum.search.query.query import ParsedQuery
from forum.search.query.scope import Scope
from forum.search.suggest.corrections import did_you_mean
from forum.search.text.snippets import Marked, marked, snippet


@dataclass(frozen=True)
class Hit:
    """A thread, its best post (None if the archive does not hold it), and how many more of its posts answer.

    `missing` are the words that they do not have, as they were typed.
    """

    thread: Thread
    post: Post | None
    title: Marked
    snippet: Marked
    more: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchPage:
    """A page of hits; `did_you_mean` is the query with its misspelt words corrected, or nothing.

    `extent` says whether the hits are "all" there are, the "newest" of them, or "some". `loosened` are phrases, as they
    were typed, that nothing has: the hits have their words. `shortened_to` are the words and phrases that were looked
    for, as they were typed, if the query has too many to look for all.
    """

    hits: list[Hit]
    page: Page
    did_you_mean: str = ""
    extent: str = "all"
    loosened: tuple[str, ...] = ()
    shortened_to: tuple[str, ...] = ()


def search(actor: Member | None, asked: ParsedQuery, page: int = 1) -> SearchPage:
    """A page of 20 threads, or of 20 posts of one thread; raises Invalid when there is nothing to look for."""
    is_too_long = shortening.is_too_long(asked)
    asked = shortening.shortened(actor, asked) if is_too_long else asked
    answer, groups = _answers(actor, asked)
    shown = Page(page, len(groups))
    meant = did_you_mean(actor, asked) if page == 1 and not is_too_long else ""
    hits = _hits(groups[shown.offset : shown.offset + SIZE], asked, answer)
    loosened = asked.exact if groups and answer.is_loose else ()
    return SearchPage(hits, shown, meant, answer.extent, loosened, asked.as_typed if is_too_long else ())


def threads_found(actor: Member | None, asked: ParsedQuery) -> list[int]:
    """The ids of all threads that can be paged to, in their order."""
    asked = shortening.shortened(actor, asked) if shortening.is_too_long(asked) else asked
    return [group[0].row.thread_id for group in _answers(actor, asked)[1]]


def _answers(actor: Member | None, asked: ParsedQuery) -> tuple[Answer, list[list[Candidate]]]:
    scope = scope_of(actor, asked)
    if not asked.words and not scope.is_narrow:
        raise Invalid({"q": [say("Enter at least one word to search for.")]})
    answer = candidates(scope, asked)
    return answer, _grouped(scope, answer.ranked)


def _grouped(scope: Scope, ranked: list[Candidate]) -> list[list[Candidate]]:
    """The rows of each hit together, in the order of their best; as many hits as can be paged through."""
    groups: dict[tuple[str, int], list[Candidate]] = {}
    for candidate in ranked:
        groups.setdefault(unit(scope, candidate.row), []).append(candidate)
    return list(groups.values())[: PAGES_MAX * SIZE]


def _hits(groups: list[list[Candidate]], asked: ParsedQuery, answer: Answer) -> list[Hit]:
    best = [group[0].row for group in groups]
    lacking = missing([group[0].row for group in groups if not group[0].is_complete], answer.needed, asked)
    of_thread, of_post = (joinedload(Thread.board), joinedload(Thread.starter)), (joinedload(Post.author),)
    threads = select(Thread).where(Thread.id.in_([row.thread_id for row in best])).options(*of_thread)
    loaded = {thread.id: thread for thread in session.scalars(threads)}
    posts = select(Post).where(Post.id.in_([row.post_id for row in best if row.post_id])).options(*of_post)
    said = {post.id: post for post in session.scalars(posts)}
    looked_for = asked.loosened if answer.is_loose else asked
    shown = [
        _hit(loaded[row.thread_id], said.get(row.post_id or 0), looked_for, is_whole=group[0].is_whole)
        for row, group in zip(best, groups, strict=True)
    ]
    return [
        replace(hit, more=len(group) - 1, missing=lacking.get(row, ()))
        for hit, row, group in zip(shown, best, groups, strict=True)
    ]


def _hit(thread: Thread, post: Post | None, asked: ParsedQuery, *, is_whole: bool) -> Hit:
    words, parts = frozenset(asked.words), () if is_whole else asked.sequences
    title, text = thread.title, shown_text(post.html) if post else ""
    return Hit(thread, post, marked(title, words, asked.language, parts), snippet(text, words, asked.language, parts))
