"""The search page, and suggestions while a query or a title is typed."""

from contextlib import suppress
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from forum.auth import identity
from forum.boards.queries import tree
from forum.infra.errors import Invalid, NotFound
from forum.interfaces import translate
from forum.schemas.search import SearchIn, parse_query
from forum.search.queries import Hit, search
from forum.search.query.board_filters import thread_in
from forum.search.query.parser import PAGES_MAX, without_last_filter
from forum.search.query.query import ParsedQuery
from forum.search.suggest.suggestions import suggest as suggest_while_typing
from forum.similar.queries import suggest
from forum.threads.rules import TITLE_MAX
from forum.web.addresses import page_number
from forum.web.forms import Form, flatten_messages
from forum.web.fragments.ignoring import parted, without_ignored

blueprint = Blueprint("search", __name__)
FIELDS = ("q", "author", "board", "thread", "after", "before", "sort")
TYPED_MAX = 4000  # characters of a body being written: enough to find similar threads


@blueprint.get("/search")
def show() -> ResponseReturnValue:
    """Show the search form and, if there is a query, its results."""
    typed = _typed()
    form, results, thread = Form(typed), None, None
    try:
        parsed = _parse(typed)
        thread = thread_in(identity.visitor(), parsed)
        if set(typed) - {"sort", "thread"}:
            results = search(identity.visitor(), parsed, _page())
    except Invalid as error:
        form = Form(typed, {name: [translate(item) for item in items] for name, items in error.fields.items()})
    boards = [board for board in tree(identity.visitor()) if not board.is_category]
    given = {"form": form, "boards": boards, "results": results, "thread": thread, "link": partial(_link, typed)}
    given |= parted(identity.visitor(), results.hits if results else [], _author_of)._asdict()
    is_beyond = results is not None and results.page.number > results.page.count
    status = 422 if form.errors else 404 if is_beyond else 200
    return make_response(render_template("search/search.html", **given), status)


def _author_of(hit: Hit) -> int:
    return hit.post.author_id if hit.post else hit.thread.starter_id


def _typed() -> dict[str, str]:
    return {name: request.args[name].strip() for name in FIELDS if request.args.get(name, "").strip()}


def _link(typed: dict[str, str], **changes: object) -> str:
    """The URL of the same search with some fields changed; None removes a field."""
    fields = typed | changes
    return "/search?" + urlencode({name: fields[name] for name in FIELDS if fields.get(name)})


def _page() -> int:
    number = page_number()
    if number > PAGES_MAX:
        raise NotFound
    return number


def _parse(typed: dict[str, str]) -> ParsedQuery:
    try:
        return parse_query(SearchIn().load(typed))
    except ValidationError as error:
        raise Invalid(flatten_messages(error.normalized_messages())) from error  # type: ignore[no-untyped-call]


@blueprint.get("/suggest/search")
def suggest_search() -> ResponseReturnValue:
    """Suggest threads that match the query being typed; none if the query is invalid."""
    typed = _typed()
    for q in (typed.get("q", ""), without_last_filter(typed.get("q", ""))):
        with suppress(Invalid):
            suggestions = suggest_while_typing(identity.visitor(), _parse(typed | {"q": q.strip()}))
            found = without_ignored(identity.visitor(), suggestions, lambda found: found[0].starter_id)
            return {"items": [{"html": title.html, "url": thread.path} for thread, title in found]}
    return {"items": []}


@blueprint.get("/suggest/threads")
def suggest_threads() -> ResponseReturnValue:
    """Suggest threads similar to the one being written."""
    title, body = request.args.get("title", "")[:TITLE_MAX], request.args.get("body", "")[:TYPED_MAX]
    threads = suggest(identity.visitor(), title, body)
    return {"items": [{"title": thread.title, "url": thread.path, "replies": thread.reply_count} for thread in threads]}
