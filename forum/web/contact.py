"""Help, and how to reach the people who run the forum: the operator's words, and who is on the staff."""

from flask import Blueprint, render_template

from forum.infra.db import current_settings
from forum.members.queries import staff
from forum.site.queries import snapshot
from forum.web.terms import rendered

blueprint = Blueprint("contact", __name__)


@blueprint.get("/help")
def show_help() -> str:
    """How to write, read and search here, and where to ask."""
    return render_template("help.html")


@blueprint.get("/contact")
def show() -> str:
    """The operator's words, which a banned member reads too."""
    source = snapshot().contact
    return render_template(
        "contact.html",
        own=rendered(source) if source else None,
        staff=staff(),
        security=current_settings().security_contact.split(),
    )
