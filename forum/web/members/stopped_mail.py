"""What members see whose address gets no mail because it failed: a notice on every page, and a button to try again."""

from flask import Blueprint, redirect, render_template
from markupsafe import Markup
from werkzeug import Response

from forum.auth import identity
from forum.members import email_addresses
from forum.models import Member
from forum.web import toasts
from forum.web.forms import rerenders_on_error
from forum.web.members.account import email_page

PATH = "/account/email"
blueprint = Blueprint("stopped_mail", __name__, url_prefix=PATH)


@blueprint.post("/again")
@identity.defers_write_lock
@rerenders_on_error(email_page)
def try_again() -> Response:
    """Send mail to the address again."""
    email_addresses.try_again(identity.member())
    return toasts.with_toast(redirect(PATH, 303), "address-used-again")


def stopped_mail_notice(visitor: Member | None) -> Markup:
    """The notice for a member to whom no mail is sent; empty for all others."""
    if visitor is None or visitor.email_stopped_at is None:
        return Markup()
    return Markup(render_template("_stopped_mail_notice.html"))  # noqa: S704 - a template of ours
