"""API errors as application/problem+json (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, json, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from forum.infra.errors import Forbidden, ForumError, Invalid, MessageText, NotFound
from forum.infra.text.messages import say
from forum.interfaces import absolute_url, translate

PROBLEM_MIME_TYPE = "application/problem+json"


class Malformed(ForumError):
    """The body is not valid JSON."""

    status, slug = 400, "malformed"

    def __init__(self) -> None:
        super().__init__(say("The body is not well-formed JSON in UTF-8, or it is nested too deeply."))


class NotJson(ForumError):
    """The body's content type is not application/json."""

    status, slug = 415, "not-json"

    def __init__(self) -> None:
        super().__init__(say("Send the body as application/json."))


class PreconditionFailed(ForumError):
    """If-Match does not match the current state."""

    status, slug = 412, "precondition-failed"

    def __init__(self) -> None:
        super().__init__(say("This has changed since you read it. Read it again before you change it."))


class MissingScope(Forbidden):
    """The token lacks a scope."""

    slug = "missing-scope"

    def __init__(self, scope: str) -> None:
        super().__init__(say('This token does not have the scope "%(scope)s".', scope=scope))
        self.scope = scope


class FrameworkError(ForumError):
    """An error raised by the framework, with our message."""

    def __init__(self, status: int) -> None:
        slug, message = _FRAMEWORK.get(status, ("refused", say("The forum did not understand this request.")))
        super().__init__(message)
        self.status, self.slug = status, slug


_FRAMEWORK: Mapping[int, tuple[str, MessageText]] = {
    404: (NotFound.slug, NotFound().message),
    405: ("method-not-allowed", say("This address does not support this kind of request.")),
    413: ("too-large", say("What you sent is too large for this forum.")),
    414: ("address-too-long", say("The forum does not accept addresses this long.")),
}


def titles() -> dict[str, str]:
    """The titles of all error types by slug."""
    return {
        "malformed": _("Malformed request"),
        "not-logged-in": _("Log in first"),
        "forbidden": _("You may not do this"),
        "missing-scope": _("Missing token scope"),
        "two-factor-required": _("Two-factor authentication required"),
        "terms-not-accepted": _("Terms of use not accepted"),
        "not-found": _("Not found"),
        "method-not-allowed": _("Method not allowed"),
        "conflict": _("Conflict with another change"),
        "precondition-failed": _("Changed since you read it"),
        "too-large": _("Too large"),
        "not-json": _("JSON required"),
        "invalid": _("Please check what you entered"),
        "wider": _("More people would see it"),
        "too-soon": _("Too many requests"),
        "fault": _("Something went wrong"),
        "unavailable": _("Just a moment"),
        "refused": _("Request refused"),
    }


def error_response(error: ForumError | HTTPException) -> Response:
    """An error as a problem document, with its headers."""
    if isinstance(error, HTTPException):
        error = FrameworkError(error.code or 500)
    response = Response(json.dumps(_problem(error), sort_keys=False), error.status, content_type=PROBLEM_MIME_TYPE)
    response.headers.update(_headers(error))
    return response


def _problem(error: ForumError) -> dict[str, Any]:
    named = titles()
    slug = error.slug if error.slug in named else "refused"
    problem: dict[str, Any] = {
        "type": absolute_url(f"/api/docs#{slug}"),
        "title": named[slug],
        "status": error.status,
        "detail": translate(error.message),
    }
    if isinstance(error, Invalid):
        problem["errors"] = {name: [translate(item) for item in items] for name, items in error.fields.items()}
    return problem


def _headers(error: ForumError) -> dict[str, str]:
    if error.status == 401:
        wrong = ', error="invalid_token"' if "Authorization" in request.headers else ""
        return {"WWW-Authenticate": f'Bearer realm="forum"{wrong}'}
    if isinstance(error, MissingScope):
        return {"WWW-Authenticate": f'Bearer realm="forum", error="insufficient_scope", scope="{error.scope}"'}
    if error.status == 405:
        adapter = request_ctx.url_adapter
        return {"Allow": ", ".join(sorted(adapter.allowed_methods())) if adapter else ""}
    return {}
