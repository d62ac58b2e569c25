"""The page of a mail's link that stops such mails: without logging in, and by one POST of a mail client (RFC 8058)."""

from flask import Blueprint, Response, render_template, request

from forum.auth import identity
from forum.digests.unsubscribing import OTHERS
from forum.infra.database.db import start_writing
from forum.mail import unsubscribing
from forum.mail.queue import masked
from forum.mail.unsubscribing import KIND, PLACE, Link
from forum.web.addresses import secretive
from forum.web.forms import request_value

blueprint = Blueprint("unsubscribing", __name__)


@blueprint.get("/unsubscribe/<token>")
def show(token: str) -> Response:
    """Show what would be stopped, and change nothing: programs that look for viruses open such links."""
    return _page(unsubscribing.find_link(token, OTHERS))


@blueprint.post("/unsubscribe/<token>")
@identity.signed_by_address
def stop(token: str) -> Response:
    """Stop mails of what the form says, without a form those of the kind; or undo that. Twice is the same as once."""
    start_writing()
    link = unsubscribing.find_link(token, OTHERS)
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    what, undo = (request_value("what"), request_value("undo")) if is_form else ("", "")
    chosen = what if what in link.offered else link.offered[0]
    if undo:
        unsubscribing.start_again(link, chosen)
        return _page(link, undone=chosen)
    unsubscribing.stop(link, chosen)
    return _page(link, done=chosen)


def _page(link: Link, *, done: str = "", undone: str = "") -> Response:
    page = render_template(
        "unsubscribe.html",
        link=link,
        address=masked(link.member.email) if link.member.email else "",
        stopped={what: unsubscribing.is_stopped(link, what) for what in link.offered},
        done=done,
        undone=undone,
        KIND=KIND,
        PLACE=PLACE,
    )
    response = secretive(page)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
