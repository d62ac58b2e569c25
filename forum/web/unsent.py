"""Text that was sent by somebody who may not post yet: it is in the composer once they may.

A guest's text is kept until they have logged in or registered in the same browser, which has a cookie for it; that of a
member who has to accept the terms or set up two-factor authentication first becomes their draft.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import Response, after_this_request, render_template, request

from forum import permissions
from forum.auth import identity
from forum.infra.database.db import session, start_writing
from forum.infra.errors import TwoFactorRequired
from forum.models import Member, Thread
from forum.schemas.writing import PostIn, ThreadIn
from forum.site.queries import snapshot
from forum.site.terms import TermsNotAccepted
from forum.threads import drafts, guest_drafts
from forum.threads.queries import visible_threads
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, hidden_field, load_form

View = TypeVar("View", bound=Callable[..., Any])


def keeps_unsent(kind: str) -> Callable[[View], View]:
    """Keep what a view was to post in a "board" or "thread" as a draft, if the member has something to do first."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **address: Any) -> Any:
            try:
                return view(*args, **address)
            except TermsNotAccepted:
                return _keep_for_member(f"{kind}:{address[f'{kind}_id']}", "/account/terms")
            except TwoFactorRequired:
                return _keep_for_member(f"{kind}:{address[f'{kind}_id']}", "/account/two-factor")

        return cast("View", wrapper)

    return decorate


def _keep_for_member(place: str, first: str) -> Response:
    session.rollback()
    typed = load_form(ThreadIn if place.startswith("board:") else PostIn)
    start_writing()
    drafts.save(identity.member(), place=place, title=typed.get("title", ""), body=typed["body"])
    return toasts.with_toast(see(first + _and_back()), "text-kept")


def keep_for_guest(place: str, *, body: str, title: str | None = None) -> Response:
    """Keep what a guest has written, or forget it if they wish so; lead to where they register."""
    if hidden_field("discard"):
        guest_drafts.discard(kept_token(), place)
        return see(request.path)
    token = guest_drafts.keep(place, title=title, body=body, token=kept_token())
    response = see("/register" + _and_back())
    identity.set_unsent_cookie(response, token, int(guest_drafts.LIFETIME.total_seconds()))
    return response


def _and_back() -> str:
    return "?" + urlencode({"next": request.path}, safe="/")


def kept_token() -> str:
    """The token of this browser for what its guest has written; empty if there is none."""
    return request.cookies.get(identity.cookie_name("unsent"), "")


def guest_composer(place: str, **values: object) -> str:
    """The composer of a guest, with what is kept for the place."""
    row = guest_drafts.find(kept_token(), place)
    form = current_form(title=row.title, body=row.body) if row else current_form()
    return render_template(
        "thread/guest_composer.html", form=form, is_kept=bool(row), most=guest_drafts.BODY_MAX, **values
    )


def is_kept() -> bool:
    """Whether something that this browser's guest has written is kept."""
    return guest_drafts.are_kept(kept_token())


def after_login(member: Member, path: str) -> Response:
    """Continue at a page after logging in, or where the member has written something before."""
    token = kept_token()
    if not token:
        return see(path)
    after_this_request(identity.drop_unsent_cookie)
    place = guest_drafts.adopt(member, token)
    found = _composer_at(member, place) if place else ""
    return toasts.with_toast(see(found), "text-ready") if found else see(path)


def _composer_at(member: Member, place: str) -> str:
    """The path of the composer at a place; empty if it is gone, or hidden from the member meanwhile."""
    kind, _, number = place.partition(":")
    if kind == "thread":
        thread = session.scalars(visible_threads(member).where(Thread.id == int(number))).first()
        return f"{thread.path}/reply" if thread else ""
    board = snapshot().tree.get(int(number))
    return f"{board.path}/post-thread" if board and board.id in permissions.scope_of(member).see else ""
