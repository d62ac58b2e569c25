"""The page of what a member watches and has muted, and of what is watched when they write."""

from flask import Blueprint, Response

from forum.auth import identity
from forum.infra.errors import NotFound
from forum.schemas.watching.choices import WatchDefaultsIn
from forum.site.queries import snapshot
from forum.watching import actions, by_mail, queries
from forum.web import toasts
from forum.web.addresses import page_number, query_choice, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.account import account_page
from forum.web.template_globals import translate

blueprint = Blueprint("watched", __name__, url_prefix="/account/watched")


@blueprint.get("")
def show(**_: object) -> str:
    """List the boards and threads that the member watches, or those that are muted."""
    me, shown = identity.member(), query_choice("show", ("watched", "muted"))
    is_muted = shown == "muted"
    threads, page = queries.threads_of(me, page_number(), muted=is_muted)
    if page.number > min(page.count, queries.PAGES):
        raise NotFound
    boards = [(board, choice) for board, choice in queries.boards_of(me) if choice.tells is not is_muted]
    offered = by_mail.levels_by_mail(me)
    form = current_form(started=me.watch_started, answered=me.watch_answered)
    return account_page(
        "watched",
        form=form,
        shown=shown,
        threads=threads,
        page=page,
        boards=boards,
        defaults=snapshot(),
        by_mail=offered,
        levels=[(each.level, translate(each.default)) for each in offered],
        words_by_mail=by_mail.BY_MAIL,
        why_no_mail=by_mail.why_no_mail(me),
    )


@blueprint.post("")
@rerenders_on_error(show)
def choose_defaults() -> Response:
    """Choose what is watched of the threads in which the member writes."""
    actions.choose_defaults(identity.member(), **load_form(WatchDefaultsIn))
    return toasts.with_toast(see("/account/watched"), "saved")


@blueprint.get("/stop")
def stop_page() -> str:
    """Ask whether to stop watching everything."""
    identity.member()
    return account_page("watched_stop")


@blueprint.post("/stop")
def stop_all() -> Response:
    """Stop watching everything; it can be undone."""
    stopped = actions.stop_all(identity.member())
    done = see("/account/watched")
    return toasts.with_toast(done, "all-unwatched", stopped) if stopped else toasts.with_toast(done, "none-watched")


@blueprint.post("/start-again")
def start_again() -> Response:
    """Watch again what was watched until the member stopped watching everything."""
    actions.start_again(identity.member())
    return toasts.with_toast(see("/account/watched"), "undone")
