"""Help, and the contact page: the operator's text and the staff."""

from flask import Blueprint, render_template

from forum.infra.database.db import current_settings
from forum.members.queries import staff
from forum.site.queries import snapshot
from forum.web.fragments.operator_text import rendered, share_with_guests

blueprint = Blueprint("contact", __name__)


@blueprint.get("/help")
def show_help() -> str:
    """Explain writing, reading and searching, and where to ask for help."""
    share_with_guests()
    source = snapshot().help
    return render_template("help.html", own=rendered(source) if source else None)


@blueprint.get("/contact")
def show() -> str:
    """Show the operator's contact text and the staff; banned members may read it too."""
    share_with_guests()
    source = snapshot().contact
    return render_template(
        "contact.html",
        own=rendered(source) if source else None,
        staff=staff(),
        security=current_settings().security_contact.split(),
    )
