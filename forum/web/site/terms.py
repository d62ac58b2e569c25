"""Terms and privacy: the operator's texts, and the data that the software stores about visitors."""

from flask import Blueprint, render_template

from forum.site.queries import snapshot
from forum.web.fragments.operator_text import rendered, share_with_guests

blueprint = Blueprint("terms", __name__)


@blueprint.get("/terms")
def show() -> str:
    """Show the terms, and what is stored unless the operator has written a privacy notice."""
    share_with_guests()
    source = snapshot().terms
    own = rendered(source) if source else None
    return render_template("terms.html", own=own, own_privacy=bool(snapshot().privacy))


@blueprint.get("/privacy")
def show_privacy() -> str:
    """Show the operator's privacy notice, else what the software stores."""
    share_with_guests()
    source = snapshot().privacy
    return render_template("privacy.html", own=rendered(source) if source else None)
