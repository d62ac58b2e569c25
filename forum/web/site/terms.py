"""Terms and privacy: the operator's text, and the data that the software stores about visitors."""

from functools import lru_cache

from flask import Blueprint, render_template

from forum.infra.database.db import current_settings
from forum.infra.settings import Settings
from forum.site.queries import snapshot
from forum.threads.writing import PreparedPost, render

blueprint = Blueprint("terms", __name__)


@blueprint.get("/terms")
def show() -> str:
    """Show the terms and the privacy notice."""
    source = snapshot().terms
    return render_template("terms.html", own=rendered(source) if source else None)


def rendered(source: str) -> PreparedPost:
    """An operator's text, rendered to HTML with the smilies and settings of now."""
    return _rendered(source, snapshot().version, current_settings())


@lru_cache(maxsize=8)
def _rendered(source: str, _version: int, _settings: Settings) -> PreparedPost:
    return render(source)
