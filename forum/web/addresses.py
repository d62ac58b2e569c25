"""Request addresses: query parameters, redirects to the canonical URL, and the way back after logging in."""

from urllib.parse import unquote, urlencode

from flask import Response, make_response, redirect, request
from werkzeug.exceptions import HTTPException

from forum.infra.errors import NotFound
from forum.infra.paging import MAX_PAGE
from forum.markup.limits import MAX_ADDRESS
from forum.markup.urls import is_own_path
from forum.web.forms import request_value

MAX_NEXT_LENGTH = 1000  # characters; every link to log in or register contains it, percent-encoded again
AUTH_PATHS = (
    "/login",
    "/register",
    "/reset",
    "/verify",
    "/setup",
    "/logout",
    "/banned/",
    "/contact/notices/",
    "/unsubscribe/",
)


def page_number() -> int:
    """The requested page number, 1 by default. Raises NotFound if it is invalid."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= MAX_PAGE):
        raise NotFound
    return int(text)


def query_choice(name: str, allowed: tuple[str, ...]) -> str:
    """A query parameter that must be one of the allowed values; the first of them otherwise."""
    value = request.args.get(name, allowed[0])
    return value if value in allowed else allowed[0]


def canonical_redirect(path: str) -> Response | None:
    """A redirect to the canonical path if the request used another one; `page=1` is dropped from the query."""
    query = request.args.to_dict(flat=False)
    if query.get("page") == ["1"]:
        del query["page"]
    elif request.path == unquote(path):
        return None
    rest = urlencode(query, doseq=True)
    return make_response(redirect(path + (f"?{rest}" if rest else ""), 301))


def next_path(otherwise: str = "/") -> str:
    """The page to continue to (`next`) if it is on this site, else another."""
    try:
        target = request_value("next", most=MAX_ADDRESS)
    except HTTPException:  # the form is too large
        return otherwise
    return target if target and is_own_path(target) else otherwise


def back(page: str | None = None) -> str:
    """The query string that makes login and registration return to a page, by default the current one.

    The login pages pass on their own `next` instead: some of their addresses are secret.
    """
    if page is None:
        page = next_path() if request.path.startswith(AUTH_PATHS) else _this_page()
    return "?" + urlencode({"next": page}, safe="/") if page != "/" and is_own_path(page) else ""


def _this_page() -> str:
    """This page's path and query without `next`; if that is too long or not a valid path, only `page` is kept."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "next"]
    whole = request.path + ("?" + urlencode(query) if query else "")
    if len(whole) <= MAX_NEXT_LENGTH and is_own_path(whole):
        return whole
    number = request.args.get("page", "")
    return request.path + (f"?page={number}" if number.isascii() and number.isdigit() and len(number) <= 7 else "")


def secretive(page: str) -> Response:
    """A page whose URL is secret: the referrer never contains it, and nothing caches the page."""
    response = make_response(page)
    response.headers["Referrer-Policy"] = "strict-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def see(path: str) -> Response:
    """A 303 redirect to the result of a write."""
    return make_response(redirect(path, 303))
