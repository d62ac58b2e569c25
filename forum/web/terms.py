"""Terms and privacy: the operator's text, and the data that the software stores about visitors."""

from functools import lru_cache

from flask import Blueprint, render_template

from forum.site.queries import snapshot
from forum.threads.writing import PreparedPost, render

blueprint = Blueprint("terms", __name__)


@blueprint.get("/terms")
def show() -> str:
    """Show the terms and the privacy notice."""
    source = snapshot().terms
    return render_template("terms.html", own=rendered(source) if source else None)


@lru_cache(maxsize=8)
def rendered(source: str) -> PreparedPost:
    """An operator's text, rendered to HTML."""
    return render(source)
