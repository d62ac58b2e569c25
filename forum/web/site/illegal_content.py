"""The form to report illegal content, open to guests, and the page on which its sender follows the notice."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from werkzeug import Response

from forum.auth import identity
from forum.infra.database.db import start_writing
from forum.interfaces import absolute_url, mail_link_base
from forum.members.signup.questions import question_of
from forum.models.moderation.illegal_notice import MAX_LAW, MAX_NOTICE_WORDS, MAX_NOTIFIER
from forum.moderation.illegal_content import notices
from forum.schemas.moderation.illegal_content import MAX_ADDRESSES_INPUT, NoticeIn
from forum.web.addresses import secretive, see
from forum.web.forms import current_form, load_form, request_value, rerenders_on_error

blueprint = Blueprint("illegal_content", __name__, url_prefix="/contact")
MAX_LENGTHS = {"addresses": MAX_ADDRESSES_INPUT, "words": MAX_NOTICE_WORDS, "law": MAX_LAW, "name": MAX_NOTIFIER}


@blueprint.get("/illegal-content")
def form_page() -> str:
    """Show the form of a notice."""
    actor = identity.visitor()
    known: dict[str, Any] = {"name": actor.username, "email": actor.email} if actor is not None else {}
    form = current_form(addresses=request_value("about", most=300), **known)
    question = question_of(None) if actor is None else None
    asked = question.text if question else ""
    return render_template("contact/illegal_content.html", form=form, most=MAX_LENGTHS, asked=asked)


@blueprint.post("/illegal-content")
@identity.defers_write_lock
@rerenders_on_error(form_page)
def send() -> Response:
    """Send a notice; continue on its own page, whose address only its sender gets."""
    given = load_form(NoticeIn)
    given |= {name: bool(given[name]) for name in ("is_about_abuse", "in_good_faith")}
    entry, home = notices.Entry(**given), absolute_url("")
    notices.check(identity.visitor(), entry, home=home)
    start_writing()
    secret = notices.send(identity.visitor(), entry, home=home, mail_home=mail_link_base())
    return see(f"/contact/notices/{secret}")


@blueprint.get("/notices/<secret>")
def show(secret: str) -> ResponseReturnValue:
    """Show a notice and what became of it."""
    return secretive(render_template("contact/notice.html", notice=notices.find(secret)))
