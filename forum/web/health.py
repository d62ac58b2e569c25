"""Whether the forum lives and can answer, for balancers and operators; and what robots may fetch."""

import hmac

from flask import Blueprint, Response, request
from sqlalchemy import text

from forum import identity, permissions
from forum.base.db import deployed, session
from forum.base.errors import NotFound
from forum.base.metrics import CONTENT_TYPE, report
from forum.doorway import absolute
from forum.presence.queries import online

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


@blueprint.get("/metrics")
def metrics() -> Response:
    """What Prometheus reads, for those who know the operator's token, and for admins; for others it is not there."""
    if not _knows_token() and not permissions.may_administer(identity.visitor()):
        raise NotFound
    from forum.base.queue import waiting  # noqa: PLC0415 - workers that nobody asks this need no queue

    there = online(None)
    present = {"members_online": there.members, "guests_online": there.guests, "robots_online": there.robots}
    told = report(jobs_waiting=waiting(), **present)
    response = Response(told, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _knows_token() -> bool:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    ours = deployed().metrics_token
    return bool(ours) and kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), ours.encode())


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Robots may read threads and boards, and leave the rest."""
    return _plain(ROBOTS + f"Sitemap: {absolute('/sitemap.xml')}\n", "public, max-age=3600")


def _plain(words: str, caching: str = "no-store") -> Response:
    response = Response(words, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = caching
    return response
