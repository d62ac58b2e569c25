"""Addresses of threads that were merged into others: they lead to the same address of the thread that has the posts."""

from urllib.parse import urlencode

from flask import make_response, redirect, request, url_for
from werkzeug import Response

from forum.auth import identity
from forum.boards.redirects import redirect_of
from forum.infra.errors import ForumError, NotFound
from forum.models import Member, Thread, ThreadRedirect
from forum.threads.queries import address_of, find_post, find_thread
from forum.web.addresses import page_number

PAGE, REPLIES = "threads.show", ("threads.reply", "api_threads.reply")


def answer_for_merged() -> Response | None:
    """A redirect, if the request is for a thread that was merged into one that the visitor may see.

    Who sends a reply sends it to the other thread; all other writes were meant for the thread as it was.
    """
    thread_id = (request.view_args or {}).get("thread_id")
    is_read = request.method in {"GET", "HEAD"}
    if not isinstance(thread_id, int) or not (is_read or request.endpoint in REPLIES):
        return None
    found = redirect_of(thread_id)
    if found is None:
        return None
    try:
        actor = identity.visitor()
        target = find_thread(actor, found.target_id)
        page = _address_of_page(actor, found) if request.endpoint == PAGE else ""
    except ForumError:
        return None
    if page:
        return make_response(redirect(page, 302))
    return make_response(redirect(_same_address(target), 301 if is_read else 308))


def _address_of_page(actor: Member | None, found: ThreadRedirect) -> str:
    """Where the first post of the requested page is now; empty for the first page, and if it cannot be told."""
    index = page_number() - 1
    if not 0 < index < len(found.page_posts):
        return ""
    try:
        return address_of(find_post(actor, found.page_posts[index]))
    except NotFound:
        return ""


def _same_address(target: Thread) -> str:
    if request.endpoint == PAGE:
        return target.path
    slug = target.path.partition("-")[2] or "-"
    named = dict(request.view_args or {}) | {"thread_id": target.id}
    if "slug" in named:
        named["slug"] = slug
    query = urlencode(request.args.to_dict(flat=False), doseq=True)
    return url_for(str(request.endpoint), **named) + (f"?{query}" if query else "")
