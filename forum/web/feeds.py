"""Atom feeds of the forum, a board and a thread, and the sitemap."""

from flask import Blueprint, Response, render_template

from forum.base import clock
from forum.base.characters import without_forbidden
from forum.base.markup.plain import without_spoilers
from forum.boards.queries import find_board, latest_in, tree
from forum.doorway import Shared, share
from forum.threads import sitemap as sitemaps
from forum.threads.queries import find_thread, latest_posts

blueprint = Blueprint("feeds", __name__)
ENTRIES = 20
ATOM, SITEMAP = "application/atom+xml", "application/xml"


@blueprint.get("/feed.atom")
def forum() -> Response:
    """The latest threads of the whole forum, as a guest sees it."""
    threads = latest_in(None, list(tree(None).boards.values()), most=ENTRIES)
    updated = max((thread.last_posted_at for thread in threads), default=clock.now())
    return _xml(render_template("feed/threads.xml", title=None, path="/", threads=threads, updated=updated))


@blueprint.get("/boards/<int:board_id>-<slug>/feed.atom")
def board(board_id: int, slug: str) -> Response:
    """The latest threads of a board and those below it, as a guest sees them."""
    found = find_board(None, board_id)
    threads = latest_in(None, tree(None).below(found), most=ENTRIES)
    updated = max((thread.last_posted_at for thread in threads), default=clock.now())
    return _xml(
        render_template("feed/threads.xml", title=found.title, path=found.path, threads=threads, updated=updated)
    )


@blueprint.get("/threads/<int:thread_id>-<slug>/feed.atom")
def thread(thread_id: int, slug: str) -> Response:
    """The latest posts of a thread, as a guest sees it."""
    found = find_thread(None, thread_id)
    posts = latest_posts(found, ENTRIES)
    return _xml(render_template("feed/posts.xml", thread=found, posts=posts, without_spoilers=without_spoilers))


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The addresses of all threads, for search engines; where there are many, the addresses of its parts."""
    parts = sitemaps.parts()
    if parts == 1:
        return sitemap_part(1)
    return _xml(render_template("feed/sitemap_index.xml", parts=parts), SITEMAP)


@blueprint.get("/sitemaps/<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """The addresses of some hundred threads."""
    return _xml(render_template("feed/sitemap.xml", threads=sitemaps.part(number)), SITEMAP)


def _xml(body: str, kind: str = ATOM) -> Response:
    """Well-formed whatever older rows hold."""
    response = Response(without_forbidden(body), content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = "public, no-cache"
    if kind == ATOM:
        share(Shared())
    return response
