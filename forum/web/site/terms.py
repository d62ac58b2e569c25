"""Terms and privacy: the operator's text, and the data that the software stores about visitors."""

from flask import Blueprint, render_template

from forum.site.queries import snapshot
from forum.web.fragments.operator_text import rendered

blueprint = Blueprint("terms", __name__)


@blueprint.get("/terms")
def show() -> str:
    """Show the terms and the privacy notice."""
    source = snapshot().terms
    return render_template("terms.html", own=rendered(source) if source else None)
