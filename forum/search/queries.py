"""Searching: the threads that answer a query, each with its best post."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from forum.base.db import session
from forum.base.errors import Invalid
from forum.base.markup.plain import plain_text
from forum.base.paging import SIZE, Page
from forum.base.text import say
from forum.models import Board, Member, Post, Thread
from forum.permissions import visible_boards
from forum.search.candidates import Candidate, candidates
from forum.search.corrections import did_you_mean
from forum.search.found import Scope
from forum.search.rules import PAGES_MAX, Asked
from forum.search.snippets import Marked, marked, snippet


@dataclass(frozen=True)
class Hit:
    """A thread, its best post (None if the archive does not hold it), and how many more of its posts answer."""

    thread: Thread
    post: Post | None
    title: Marked
    snippet: Marked
    more: int


@dataclass(frozen=True)
class SearchPage:
    """A page of hits; `did_you_mean` is the query with its misspelt words corrected, or nothing."""

    hits: list[Hit]
    page: Page
    did_you_mean: str = ""


def search(actor: Member | None, asked: Asked, page: int = 1) -> SearchPage:
    """A page of 20 threads; raises Invalid when there is nothing to look for."""
    groups = _answers(actor, asked)
    shown = Page(page, len(groups))
    meant = did_you_mean(actor, asked) if page == 1 else ""
    return SearchPage(_hits(groups[shown.offset : shown.offset + SIZE], asked), shown, meant)


def threads_found(actor: Member | None, asked: Asked) -> list[int]:
    """The ids of all threads that can be paged to, in their order."""
    return [group[0].row.thread_id for group in _answers(actor, asked)]


def _answers(actor: Member | None, asked: Asked) -> list[list[Candidate]]:
    scope = _scope(actor, asked)
    if not asked.words and (asked.unwanted or not scope.is_narrow):
        raise Invalid({"q": [say("Type at least one word to look for.")]})
    return _by_thread(candidates(scope, asked))


def _scope(actor: Member | None, asked: Asked) -> Scope:
    query = asked.query
    boards = _boards(actor, query.board) if query.board else None
    return Scope(actor, asked.author_id, boards, query.after, query.before)


def _boards(actor: Member | None, typed: str) -> frozenset[int]:
    """A board by its id or title, and those below it; raises Invalid where the reader may not know of it."""
    is_named = func.lower(Board.title) == typed.lower()
    if typed.isascii() and typed.isdigit() and len(typed) < 10:
        is_named = or_(is_named, Board.id == int(typed))
    columns = (Board.id, Board.parent_id, is_named.label("is_named"))
    known = session.execute(select(*columns).where(visible_boards(actor))).all()
    chosen = {board.id for board in known if board.is_named}
    if not chosen:
        raise Invalid({"board": [say("There is no such board.")]})
    while below := {board.id for board in known if board.parent_id in chosen} - chosen:
        chosen |= below
    return frozenset(chosen)


def _by_thread(ranked: list[Candidate]) -> list[list[Candidate]]:
    """The rows of each thread together, in the order of their best; as many threads as can be paged through."""
    groups: dict[int, list[Candidate]] = {}
    for candidate in ranked:
        groups.setdefault(candidate.row.thread_id, []).append(candidate)
    return list(groups.values())[: PAGES_MAX * SIZE]


def _hits(groups: list[list[Candidate]], asked: Asked) -> list[Hit]:
    best = [group[0].row for group in groups]
    of_thread, of_post = (joinedload(Thread.board), joinedload(Thread.starter)), (joinedload(Post.author),)
    threads = select(Thread).where(Thread.id.in_([row.thread_id for row in best])).options(*of_thread)
    loaded = {thread.id: thread for thread in session.scalars(threads)}
    posts = select(Post).where(Post.id.in_([row.post_id for row in best if row.post_id])).options(*of_post)
    said = {post.id: post for post in session.scalars(posts)}
    return [
        _hit(loaded[row.thread_id], said.get(row.post_id or 0), asked, more=len(group) - 1)
        for row, group in zip(best, groups, strict=True)
    ]


def _hit(thread: Thread, post: Post | None, asked: Asked, *, more: int) -> Hit:
    words = frozenset(asked.words)
    text = plain_text(post.html) if post else ""
    return Hit(thread, post, marked(thread.title, words, asked.language), snippet(text, words, asked.language), more)
