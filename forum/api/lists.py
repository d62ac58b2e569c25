"""Paginated lists: items, the page, and a Link header to the other pages."""

from typing import Any
from urllib.parse import urlencode

from flask import request

from forum.infra.errors import NotFound
from forum.infra.paging import Page
from forum.interfaces import absolute_url

MAX_LINK_BYTES = 3000  # bytes: many proxies accept only 4 kB of headers; `page` in the body has the same information
PageResponse = tuple[dict[str, Any], dict[str, str]]


def paginated(items: list[dict[str, Any]], page: Page) -> PageResponse:
    """A page of a list with its Link header, unless that is too long. Raises NotFound beyond the last page."""
    if page.number > page.count:
        raise NotFound
    body = {"items": items, "page": {"number": page.number, "size": page.size, "total": page.total}}
    links = link_header(page)
    return body, {"Link": links} if len(links) <= MAX_LINK_BYTES else {}


def single_page(items: list[dict[str, Any]]) -> dict[str, Any]:
    """A list that fits on one page."""
    return {"items": items, "page": {"number": 1, "size": len(items), "total": len(items)}}


def link_header(page: Page) -> str:
    """The Link header to the first, previous, next and last pages (RFC 8288)."""
    numbers = {"first": 1, "prev": page.previous, "next": page.next, "last": page.count}
    return ", ".join(f'<{_address(number)}>; rel="{name}"' for name, number in numbers.items() if number)


def _address(number: int) -> str:
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
    return absolute_url(f"{request.path}?{urlencode([*rest, ('page', str(number))])}")
