"""Lists of threads and posts with a box to tick at each, for moderators who act on many at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl

from flask import Blueprint, render_template
from marshmallow import ValidationError
from werkzeug import Response

from forum import permissions
from forum.admin.groups.visibility import require_no_wider_threads
from forum.admin.undo import running
from forum.auth import identity
from forum.boards import queries as boards
from forum.infra.database.db import session, start_writing
from forum.infra.errors import Invalid, NotFound
from forum.infra.paging import Page
from forum.infra.text.messages import say
from forum.interfaces import claim_submission, translate
from forum.members.queries import find_member
from forum.models import Member, Post, ReasonFor, Thread
from forum.moderation import bulk, tools
from forum.moderation.bulk import MAX_AT_ONCE
from forum.moderation.reviews import may_moderate_some
from forum.schemas.moderation.acts import BulkFormIn
from forum.schemas.search import SearchIn, parse_query
from forum.schemas.writing import MAX_LINE_INPUT
from forum.search.queries import search
from forum.search.query.parser import PAGES_MAX
from forum.threads import lists, queries
from forum.web.addresses import see
from forum.web.forms import current_form, hidden_field, load_form, request_value, rerenders_on_error, ticked_ids
from forum.web.moderation.acts import result_path
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("selecting", __name__, url_prefix="/moderation")
MAX_SEARCH = 4000  # characters of the query string of a search
MAX_KEPT = 12 * MAX_AT_ONCE  # characters of the ids that are ticked on other pages


@dataclass(frozen=True)
class Line:
    """A thread or post that can be ticked, unless the reader does not moderate its board."""

    id: int
    thread: Thread
    post: Post | None
    can_tick: bool


class Place(NamedTuple):
    """What is listed: its title and path, the lines of a page, and whether they are posts."""

    title: str
    path: str
    lines: list[Line]
    page: Page
    is_of_posts: bool = False


def _lines(actor: Member, threads: Sequence[Thread]) -> list[Line]:
    moderated = permissions.scope_of(actor).moderate
    return [Line(thread.id, thread, None, thread.board_id in moderated) for thread in threads]


def _posts(actor: Member, posts: Sequence[Post]) -> list[Line]:
    moderated = permissions.scope_of(actor).moderate
    return [Line(post.id, post.thread, post, post.thread.board_id in moderated) for post in posts]


def _new(actor: Member, _: int, number: int) -> Place:
    chosen = request_value("filter")
    only: lists.Only = (chosen,) if chosen in {"watched", "participated"} else ()  # type: ignore[assignment]
    rows, page = lists.new_threads(actor, number=number, unread=chosen == "unread", only=only)
    return Place(translate(say("What's new")), "/whats-new", _lines(actor, [row.thread for row in rows]), page)


def _in_board(actor: Member, board_id: int, number: int) -> Place:
    board = boards.find_board(actor, board_id)
    sort = request_value("sort") if request_value("sort") in lists.SORTS else lists.SORTS[0]
    rows, page = lists.threads_in_board(actor, board, number=number, sort=sort)
    return Place(board.title, board.path, _lines(actor, [row.thread for row in rows]), page)


def _started_by(actor: Member, member_id: int, number: int) -> Place:
    permissions.require(permissions.may_see_members(actor))
    member = find_member(member_id)
    rows, page = lists.threads_of(actor, member, number)
    path = f"{member.path}?tab=threads"
    return Place(member.username, path, _lines(actor, [row.thread for row in rows]), page)


def _written_by(actor: Member, member_id: int, number: int) -> Place:
    permissions.require(permissions.may_see_members(actor))
    member = find_member(member_id)
    posts, page = lists.posts_of(actor, member, number)
    return Place(member.username, member.path, _posts(actor, posts), page, is_of_posts=True)


def _found(actor: Member, _: int, number: int) -> Place:
    query = request_value("query", most=MAX_SEARCH)
    try:
        typed = dict(parse_qsl(query, max_num_fields=len(SearchIn().fields)))
        found = search(actor, parse_query(SearchIn().load(typed)), min(number, PAGES_MAX))
    except (ValueError, Invalid, ValidationError):
        raise NotFound from None
    title, path = translate(say("Search")), f"/search?{query}"
    if "thread" in typed:
        posts = [hit.post for hit in found.hits if hit.post is not None]
        return Place(title, path, _posts(actor, posts), found.page, is_of_posts=True)
    return Place(title, path, _lines(actor, [hit.thread for hit in found.hits]), found.page)


def _in_thread(actor: Member, thread_id: int, number: int) -> Place:
    thread = queries.find_thread(actor, thread_id)
    page = queries.page_in_thread(actor, thread, number)
    posts = queries.posts_on_page(actor, thread, page.number)
    path = thread.path + (f"?page={number}" if number > 1 else "")
    return Place(thread.title, path, _posts(actor, posts), page, is_of_posts=True)


PLACES: Mapping[str, Callable[[Member, int, int], Place]] = {
    "new": _new,
    "search": _found,
    "board": _in_board,
    "threads-of": _started_by,
    "posts-of": _written_by,
    "thread": _in_thread,
}


@blueprint.get("/select")
def select_page() -> str:
    """Show a list with boxes to tick: threads of a board, of a member or the latest, or posts."""
    actor = identity.member()
    permissions.require(may_moderate_some(actor))
    place = _place(actor)
    ticked = _ticked(place)
    shown = {line.id for line in place.lines if line.can_tick}
    kept = sorted(ticked - shown)
    return render_template(
        "moderation/select.html",
        place=place,
        ticked=ticked,
        kept=kept,
        fields={
            name: value for name in ("in", "sort", "filter", "query") if (value := request_value(name, most=MAX_SEARCH))
        },
        boards=[] if place.is_of_posts else _destinations(actor),
        most=MAX_AT_ONCE,
        form=current_form(**_typed()),
    )


def _typed() -> dict[str, str]:
    return {name: request_value(name) for name in ("board", "prepared")} | {
        "reason": request_value("reason", most=MAX_LINE_INPUT)
    }


def _place(actor: Member) -> Place:
    kind, _, number = request_value("in").partition(":")
    page = request_value("go") if request_value("go").isdecimal() else request_value("page") or "1"
    if kind not in {*PLACES, ""} or not (number or "0").isdecimal() or not page.isdecimal() or len(number + page) > 9:
        raise NotFound
    return PLACES[kind or "new"](actor, int(number or 0), int(page))


def _ticked(place: Place) -> set[int]:
    """What is ticked on this page and, as the form remembers, on others."""
    shown = {line.id for line in place.lines if line.can_tick}
    if request_value("go") == "all":
        return _sent_ids() | shown
    return set() if request_value("go") == "none" else _sent_ids()


def _sent_ids() -> set[int]:
    kept = (number for number in hidden_field("kept", most=MAX_KEPT).split(",") if number.isdecimal())
    return {int(number) for number in kept if len(number) < 10} | set(ticked_ids("tick"))


def _destinations(actor: Member) -> list[tuple[int, str]]:
    return [(board.id, board.title) for board in boards.tree(actor) if tools.may_move_to(actor, board)]


@blueprint.post("/select")
@identity.defers_write_lock
@rerenders_on_error(select_page)
def select() -> Response | str:
    """Show another page with what is ticked so far, or act on what is ticked."""
    act = query_act()
    if not act:
        return select_page()
    actor, typed = identity.member(), load_form(BulkFormIn)
    ids = sorted(_sent_ids())
    start_writing()
    claim = claim_submission(
        actor, hidden_field("submit_key"), content=f"{act}\n{typed}\n{hidden_field('prepared')}\n{ids}"
    )
    if claim.earlier is not None:
        return see(claim.earlier.location)
    is_seen = boards.tree(actor).get(typed["board"]) is not None
    if act == "move" and is_seen and not hidden_field("wider"):
        require_no_wider_threads("board", ids, typed["board"])
    where = {"board_id": typed["board"], "redirect_days": typed["redirect_days"]}
    begun = bulk.start(actor, act, ids, grounds=chosen_grounds(ReasonFor.DELETE, typed["reason"]), **where)
    entry_id, location = begun.entry_id, result_path(begun.entry_id)
    claim.answered(status=303, location=location)
    session.commit()
    running.run(entry_id)
    return see(location)


def query_act() -> str:
    """The act whose button was pressed, empty for the buttons that only show another page."""
    act = hidden_field("act")
    return act if act in bulk.PERFORM else ""
