"""Search, and similar threads while a title is typed."""

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from forum import identity
from forum.base.errors import Invalid, NotFound
from forum.base.text import one_line
from forum.boards.queries import tree
from forum.doorway import words
from forum.schemas.search import SearchIn, asked_for
from forum.search.asked import Asked
from forum.search.queries import SearchPage, search
from forum.search.rules import PAGES_MAX
from forum.search.typing import while_typing
from forum.similar.queries import suggest
from forum.threads.rules import TITLE_MAX
from forum.web.addresses import page_number
from forum.web.forms import Form, flat

blueprint = Blueprint("search", __name__)
FIELDS = ("q", "author", "board", "thread", "after", "before", "sort")
TYPED_MAX = 4000  # characters of a body that is being written: enough to tell what it is about


@blueprint.get("/search")
def show() -> ResponseReturnValue:
    """The form and, when something is asked, what answers."""
    typed = {name: request.args[name] for name in FIELDS if name in request.args}
    form, results = Form(typed), None
    try:
        if any(typed.get(name, "").strip() for name in FIELDS if name != "sort"):
            results = _results(typed)
    except Invalid as error:
        form = Form(typed, {name: [words(item) for item in items] for name, items in error.fields.items()})
    boards = [board for board in tree(identity.visitor()).boards.values() if not board.is_category]
    html = render_template("search/search.html", form=form, boards=boards, results=results)
    return make_response(html, 422 if form.errors else 200)


def _results(typed: dict[str, str]) -> SearchPage:
    number = page_number()
    if number > PAGES_MAX:
        raise NotFound
    return search(identity.visitor(), _asked(typed), number)


def _asked(typed: dict[str, str]) -> Asked:
    try:
        return asked_for(SearchIn().load({name: value for name, value in typed.items() if value.strip()}))
    except ValidationError as error:
        raise Invalid(flat(error.normalized_messages())) from error  # type: ignore[no-untyped-call]


@blueprint.get("/suggest/search")
def suggest_search() -> ResponseReturnValue:
    """Threads that have what is being typed into a search field; what cannot be looked for has none."""
    typed = one_line(request.args.get("q", ""))
    try:
        found = while_typing(identity.visitor(), typed)
    except Invalid:
        found = []
    return {"items": [{"html": title.html, "url": thread.path} for thread, title in found]}


@blueprint.get("/suggest/threads")
def suggest_threads() -> ResponseReturnValue:
    """Threads like the one that is being written."""
    title, body = request.args.get("title", "")[:TITLE_MAX], request.args.get("body", "")[:TYPED_MAX]
    found = suggest(identity.visitor(), title, body)
    return {"items": [{"title": one.title, "url": one.path, "replies": one.reply_count} for one in found]}
