"""How to reach the people who run the forum: the operator's words, and who is on the staff."""

from flask import Blueprint, render_template

from forum.members.queries import staff
from forum.site.queries import snapshot
from forum.web.terms import rendered

blueprint = Blueprint("contact", __name__)


@blueprint.get("/contact")
def show() -> str:
    """The operator's words, which a banned member reads too."""
    source = snapshot().contact
    return render_template("contact.html", own=rendered(source) if source else None, staff=staff())
