"""Searching."""

from dataclasses import replace
from typing import Any

from forum import identity
from forum.api import outlines
from forum.api.lists import Listed, listed
from forum.api.noun import Noun
from forum.base.errors import Invalid
from forum.base.paging import Page
from forum.base.text import one_line
from forum.boards.queries import find_board
from forum.doorway import absolute
from forum.members.queries import member_by_name
from forum.schemas.hit import FindIn, HitListOut
from forum.search import queries
from forum.search.language import language
from forum.search.queries import Hit, SearchPage
from forum.search.rules import SearchQuery, take_apart

noun = Noun("search", "Finding what was said.")


@noun.reads("/search", HitListOut, query=FindIn)
def search(query: dict[str, Any]) -> Listed:
    """Threads in which words stand, each with its best post."""
    if query["board"]:
        find_board(identity.visitor(), query["board"])
    found = _found(query)
    body, headers = listed([_hit(hit) for hit in found.hits], found.page)
    return body | {"did_you_mean": found.did_you_mean}, headers


def _found(query: dict[str, Any]) -> SearchPage:
    board = str(query["board"] or "")
    typed = SearchQuery(
        one_line(query["q"]), one_line(query["author"]), board, query["after"], query["before"], query["sort"]
    )
    asked = take_apart(typed, language())
    if asked.query.author:
        author = member_by_name(asked.query.author)
        if author is None:
            return SearchPage([], Page(query["page"], 0))
        asked = replace(asked, author_id=author.id)
    try:
        return queries.search(identity.visitor(), asked, query["page"])
    except Invalid as refusal:
        if "q" in refusal.fields:  # no word to look for: nothing is found
            return SearchPage([], Page(query["page"], 0))
        raise


def _hit(hit: Hit) -> dict[str, Any]:
    thread, post = hit.thread, hit.post
    return {
        "url": absolute(post.path if post else thread.path),
        "title": thread.title,
        "thread": outlines.thread_ref(thread),
        "board": outlines.board_ref(thread.board),
        "post": outlines.post_ref(post) if post else None,
        "author": outlines.member_ref(post.author if post else thread.starter),
        "created_at": post.created_at if post else thread.started_at,
        "title_html": hit.title.html,
        "snippet_html": hit.snippet.html,
        "more": hit.more,
    }
