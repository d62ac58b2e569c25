"""Reading addresses: page numbers, and sending a wrong slug to the right one."""

from urllib.parse import unquote, urlencode

from flask import Response, make_response, redirect, request

from forum.base.errors import NotFound
from forum.base.paging import MAX_PAGE


def page_number() -> int:
    """The page asked for, 1 if none; nonsense is not found."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= MAX_PAGE):
        raise NotFound
    return int(text)


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """One of some words from the query; the first of them if it is none of them."""
    value = request.args.get(name, allowed[0])
    return value if value in allowed else allowed[0]


def elsewhere(path: str) -> Response | None:
    """A redirect to the canonical path if the request came by another; page=1 has no query."""
    query = request.args.to_dict(flat=False)
    if query.get("page") == ["1"]:
        del query["page"]
    elif request.path == unquote(path):
        return None
    rest = urlencode(query, doseq=True)
    return make_response(redirect(path + (f"?{rest}" if rest else ""), 301))


def see(path: str) -> Response:
    """The answer after a write: look at the result (303)."""
    return make_response(redirect(path, 303))
