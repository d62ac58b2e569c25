"""The REST API, for programs."""

from functools import cache, partial
from types import ModuleType

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from forum.api import docs, response_headers
from forum.api.conversations import conversations
from forum.api.document import EXTENSION, describe
from forum.api.moderation import (
    appeals,
    bans,
    campaigns,
    cleaning,
    decisions,
    notes,
    queue,
    reasons,
    reports,
    warnings,
)
from forum.api.problems import error_response
from forum.api.resources import (
    access,
    boards,
    groups,
    invitations,
    log,
    mail,
    members,
    notices,
    operation,
    pictures,
    posts,
    search,
    settings,
    threads,
)
from forum.api.resources.moderation import acts, merges
from forum.api.resources.notifications import notifications
from forum.api.resources.watching import digests, watches
from forum.schemas.shapes import MAX_ID

__all__ = ["error_response", "register"]

RESOURCES: tuple[ModuleType, ...] = (
    *(boards, threads, posts, members, search, settings, groups, access, invitations, notices),
    *(log, mail, operation, pictures, queue, reports, appeals, bans, acts, merges),
    conversations,
    *(warnings, cleaning, reasons, decisions, campaigns, notes, notifications, watches, digests),
)


class _Id(IntegerConverter):
    """An id in a URL; numbers too large for the database are converted to 0, which no row has.

    Rejecting them here would make Werkzeug answer 405 instead of 404.
    """

    regex = r"[0-9]+"

    def __init__(self, map: Map) -> None:  # noqa: A002 - Werkzeug's name
        super().__init__(map, min=1, max=MAX_ID)

    def to_python(self, value: str) -> int:
        """The id, or 0 if it is too large."""
        number = int(value) if len(value) <= len(str(MAX_ID)) else 0
        return number if number <= MAX_ID else 0


def register(app: Flask) -> None:
    """Register every resource, the documentation and the response headers."""
    app.url_map.converters["id"] = _Id
    blueprints = [module.blueprint for module in RESOURCES]
    for blueprint in (*blueprints, docs.blueprint):
        app.register_blueprint(blueprint)
    app.extensions[EXTENSION] = cache(partial(describe, blueprints))  # on first use: commands do not need it
    response_headers.register(app)
