"""Reading addresses: page numbers, and sending a wrong slug to the right one."""

from urllib.parse import unquote, urlencode

from flask import Response, make_response, redirect, request
from werkzeug.exceptions import HTTPException

from forum.infra.errors import NotFound
from forum.infra.paging import MAX_PAGE
from forum.markup.limits import MAX_ADDRESS
from forum.markup.urls import is_own_path
from forum.web.forms import request_value

MAX_NEXT_LENGTH = 1000  # characters: it stands in every link to log in or register, percent-encoded once more
AUTH_PATHS = ("/login", "/register", "/reset", "/verify", "/setup", "/logout")


def page_number() -> int:
    """The page asked for, 1 if none; nonsense is not found."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= MAX_PAGE):
        raise NotFound
    return int(text)


def query_choice(name: str, allowed: tuple[str, ...]) -> str:
    """One of some words from the query; the first of them if it is none of them."""
    value = request.args.get(name, allowed[0])
    return value if value in allowed else allowed[0]


def canonical_redirect(path: str) -> Response | None:
    """A redirect to the canonical path if the request came by another; page=1 has no query."""
    query = request.args.to_dict(flat=False)
    if query.get("page") == ["1"]:
        del query["page"]
    elif request.path == unquote(path):
        return None
    rest = urlencode(query, doseq=True)
    return make_response(redirect(path + (f"?{rest}" if rest else ""), 301))


def next_path() -> str:
    """Where the visitor wanted to go, if that is a page of ours."""
    try:
        wish = request_value("next", most=MAX_ADDRESS)
    except HTTPException:  # the form is too large to be read
        return "/"
    return wish if wish and is_own_path(wish) else "/"


def back(page: str | None = None) -> str:
    """What is added to the addresses of log-in and registration, so that both lead back to a page: by default this one.

    From pages that are themselves about logging in, some of whose addresses are secrets, to where those lead back to.
    """
    if page is None:
        page = next_path() if request.path.startswith(AUTH_PATHS) else _this_page()
    return "?" + urlencode({"next": page}, safe="/") if page != "/" and is_own_path(page) else ""


def _this_page() -> str:
    """The address of this page with its query, but for a way back from it; of a long or odd query only the page."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "next"]
    whole = request.path + ("?" + urlencode(query) if query else "")
    if len(whole) <= MAX_NEXT_LENGTH and is_own_path(whole):
        return whole
    number = request.args.get("page", "")
    return request.path + (f"?page={number}" if number.isascii() and number.isdigit() and len(number) <= 7 else "")


def see(path: str) -> Response:
    """The answer after a write: look at the result (303)."""
    return make_response(redirect(path, 303))
