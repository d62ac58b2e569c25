"""Terms and privacy: the operator's words, and what the software keeps of whoever comes."""

from functools import lru_cache

from flask import Blueprint, render_template

from forum.site.queries import snapshot
from forum.threads.writing import PreparedPost, render

blueprint = Blueprint("terms", __name__)


@blueprint.get("/terms")
def show() -> str:
    """Rules, and what is kept."""
    source = snapshot().terms
    return render_template("terms.html", own=rendered(source) if source else None)


@lru_cache(maxsize=8)
def rendered(source: str) -> PreparedPost:
    """A text of the operator's as HTML."""
    return render(source)
