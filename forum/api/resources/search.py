"""Full-text search."""

from typing import Any

from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.boards.queries import find_board
from forum.infra.errors import Invalid
from forum.infra.paging import Page
from forum.interfaces import absolute_url
from forum.schemas.hit import FindIn, HitListOut
from forum.schemas.search import parse_query
from forum.search import queries
from forum.search.queries import Hit, SearchPage
from forum.threads.queries import find_thread

blueprint = ApiBlueprint("search", "Full-text search.")


@blueprint.reads("/search", HitListOut, query=FindIn)
def search(query: dict[str, Any]) -> PageResponse:
    """Search threads; each result has the thread's best matching post."""
    if query["board"]:
        find_board(identity.visitor(), query["board"])
    if query["thread"]:
        find_thread(identity.visitor(), query["thread"])
    results = _found(query)
    body, headers = paginated([_hit(hit) for hit in results.hits], results.page)
    extras = {"extent": results.extent, "is_loose": bool(results.loosened)}
    extras |= {"did_you_mean": results.did_you_mean, "shortened_to": list(results.shortened_to)}
    return body | extras, headers


def _found(query: dict[str, Any]) -> SearchPage:
    nothing = SearchPage([], Page(query["page"], 0))
    try:
        parsed = parse_query(query)
    except Invalid as error:
        if "author" in error.fields:
            return nothing
        raise
    try:
        return queries.search(identity.visitor(), parsed, query["page"])
    except Invalid as error:
        if "q" in error.fields:  # no searchable word
            return nothing
        raise


def _hit(hit: Hit) -> dict[str, Any]:
    thread, post = hit.thread, hit.post
    return {
        "url": absolute_url(post.path if post else thread.path),
        "title": thread.title,
        "thread": serializers.thread_ref(thread),
        "board": serializers.board_ref(thread.board),
        "post": serializers.post_ref(post) if post else None,
        "author": serializers.member_ref(post.author if post else thread.starter),
        "created_at": post.created_at if post else thread.started_at,
        "title_html": hit.title.html,
        "snippet_html": hit.snippet.html,
        "more": hit.more,
        "missing": list(hit.missing),
    }
