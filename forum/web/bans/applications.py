"""What those see who wait to be approved: the notice on every page, and the page on which they answer moderators."""

from flask import Blueprint, redirect, render_template
from markupsafe import Markup
from werkzeug import Response

from forum.auth import identity
from forum.members.signup import applications
from forum.models import Member
from forum.models.signup.application import MAX_APPLICATION
from forum.schemas.moderation.approval import ApplicationReplyIn
from forum.web import toasts
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.account import account_page

PATH = "/account/application"
blueprint = Blueprint("application", __name__, url_prefix=PATH)


@blueprint.get("")
def show() -> str:
    """Show that the account waits, what its owner wrote, and what moderators have asked."""
    application = applications.find_own(identity.member())
    return account_page("application", application=application, form=current_form(), most=MAX_APPLICATION)


@blueprint.post("")
@rerenders_on_error(show)
def answer() -> Response:
    """Answer the moderators."""
    applications.reply(identity.member(), load_form(ApplicationReplyIn)["reply"])
    return toasts.with_toast(redirect(PATH, 303), "saved")


def application_notice(visitor: Member | None) -> Markup:
    """The notice for a member who waits to be approved; empty for all others."""
    if visitor is None or visitor.awaits_approval_at is None:
        return Markup()
    return Markup(render_template("_application_notice.html"))  # noqa: S704 - a template of ours
