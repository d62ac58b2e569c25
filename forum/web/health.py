"""Whether the forum lives and can answer, for balancers and operators; and what robots may fetch."""

from flask import Blueprint, Response
from sqlalchemy import text

from forum.base.db import session
from forum.doorway import absolute

blueprint = Blueprint("health", __name__)
PRIVATE = ("/account", "/search", "/login", "/register", "/suggest/", "/posts/")
ROBOTS = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in PRIVATE)


@blueprint.get("/health/live")
def live() -> Response:
    """The process answers."""
    return _plain("alive\n")


@blueprint.get("/health/ready")
def ready() -> Response:
    """The database answers too."""
    session.execute(text("SELECT 1 FROM member LIMIT 1"))
    return _plain("ready\n")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Robots may read threads and boards, and leave the rest."""
    return _plain(ROBOTS + f"Sitemap: {absolute('/sitemap.xml')}\n", "public, max-age=3600")


def _plain(words: str, caching: str = "no-store") -> Response:
    response = Response(words, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = caching
    return response
