"""Atom feeds of the forum, a board and a thread, and the sitemap."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, Response, render_template, request

from forum.auth import identity
from forum.boards.own_threads import shared_boards
from forum.boards.queries import find_board, latest_in, tree
from forum.infra import clock
from forum.infra.text.characters import without_forbidden
from forum.interfaces import CacheableGuestPage, allow_guest_caching
from forum.models import Board
from forum.threads import feeds
from forum.threads import sitemap as sitemaps
from forum.threads.queries import find_thread, latest_posts

blueprint = Blueprint("feeds", __name__)
MAX_ENTRIES = 20
ATOM, SITEMAP = "application/atom+xml", "application/xml"


@blueprint.get("/feed.atom")
def forum() -> Response:
    """The latest threads of the whole forum, as a guest sees them."""
    return _threads(shared_boards(None, tree(None)), path="/")


@blueprint.get("/boards/<int:board_id>-<slug>/feed.atom")
def board(board_id: int, slug: str) -> Response:
    """The latest threads of a board and the boards below it, as a guest sees them."""
    found_board = find_board(None, board_id)
    boards = shared_boards(None, tree(None).below(found_board))
    return _threads(boards, title=found_board.title, path=found_board.path, name=f"/boards/{found_board.id}")


def _threads(boards: Sequence[Board], *, path: str, title: str = "", name: str = "/") -> Response:
    """A feed of threads; `name` is the path its id is built from, which stays the same when the title changes."""
    entries = feeds.entries_of(latest_in(None, boards, most=MAX_ENTRIES))
    changed_at = feeds.changed_at(entries, boards)
    updated = max((entry.thread.last_posted_at for entry in entries), default=clock.now())
    given = {"title": title, "path": path, "name": name, "entries": entries, "updated": updated}
    return _feed(render_template("feed/threads.xml", **given), changed_at)


@blueprint.get("/threads/<int:thread_id>-<slug>/feed.atom")
def thread(thread_id: int, slug: str) -> Response:
    """The latest posts of a thread, as a guest sees them."""
    found_thread = find_thread(None, thread_id)
    posts = latest_posts(found_thread, MAX_ENTRIES)
    body = render_template("feed/posts.xml", thread=found_thread, posts=posts, told=feeds.feed_html)
    return _feed(body, feeds.posts_changed_at(found_thread, posts))


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The URLs of all boards and threads for search engines; a sitemap index if there are too many for one file."""
    parts = sitemaps.parts()
    if parts == 1:
        return sitemap_part(1)
    return _xml(render_template("feed/sitemap_index.xml", parts=parts), SITEMAP, sitemaps.changed_at())


@blueprint.get("/sitemaps/<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """One part of the sitemap."""
    part = sitemaps.part(number)
    return _xml(render_template("feed/sitemap.xml", addresses=part.addresses), SITEMAP, part.changed_at)


def _feed(body: str, changed_at: datetime | None) -> Response:
    if identity.visitor() is None:
        allow_guest_caching(CacheableGuestPage())
    return _xml(body, ATOM, changed_at)


def _xml(body: str, kind: str, changed_at: datetime | None) -> Response:
    """An XML response without characters that XML forbids, which older rows may contain; 304 if it is the same.

    Last-Modified tells, but does not decide: what is held or restored does not move it on.
    """
    response = Response(without_forbidden(body), content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag(weak=True)
    response.make_conditional(request)
    if changed_at:
        response.last_modified = changed_at
    return response
