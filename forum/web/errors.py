"""Error pages, in the visitor's language, with what was typed."""

from urllib.parse import urlencode

from flask import Response, g, make_response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from forum.infra.errors import ForumError, NotLoggedIn, TwoFactorRequired
from forum.interfaces import translate
from forum.site.terms import TermsNotAccepted
from forum.web.addresses import back
from forum.web.forms import submitted_values

RESTORED_FIELDS = ("title", "body", "about")


def error_response(error: ForumError | HTTPException) -> Response:
    """The page for an error; who opens a page that needs a login, or the terms accepted, is redirected to do that.

    Staff who must set up two-factor authentication are redirected there, also from a write.
    """
    if isinstance(error, TwoFactorRequired):
        page = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else "/"
        return make_response(redirect(f"/account/two-factor{back(page)}", 303))
    if isinstance(error, NotLoggedIn | TermsNotAccepted) and request.method in {"GET", "HEAD"}:
        page = "/login" if isinstance(error, NotLoggedIn) else "/account/terms"
        return make_response(redirect(f"{page}?" + urlencode({"next": request.full_path.rstrip("?")}), 303))
    status = error.status if isinstance(error, ForumError) else error.code or 500
    if isinstance(error, HTTPException) and 300 <= status < 400:
        return make_response(error.get_response())
    message = translate(error.message) if isinstance(error, ForumError) else _default_message(status)
    response = make_response(
        render_template("error.html", status=status, title=_title(status), message=message, **_context()), status
    )
    if isinstance(error, HTTPException):
        allowed = dict(error.get_headers()).get("Allow")
        if allowed:
            response.headers["Allow"] = allowed
    return response


def _context() -> dict[str, object]:
    typed = {name: text for name, text in submitted_values().items() if name in RESTORED_FIELDS and text}
    return {"request_id": g.get("request_id", ""), "typed": typed or None}


def _title(status: int) -> str:
    titles = {
        400: _("Bad request"),
        401: _("Log in first"),
        403: _("You may not do this"),
        404: _("Not found"),
        405: _("Method not allowed"),
        408: _("Request timed out"),
        409: _("Conflict with another change"),
        413: _("Too large"),
        414: _("Address too long"),
        415: _("Unsupported content type"),
        422: _("Please check what you entered"),
        429: _("Too many requests"),
        503: _("Just a moment"),
    }
    return str(titles.get(status) or (_("Bad request") if status < 500 else _("Something went wrong")))


def _default_message(status: int) -> str:
    sentences = {
        404: _("There is nothing at this address."),
        405: _("This address does not support this kind of request."),
        408: _("What you sent did not arrive in time. Go back and send it again."),
        413: _("What you sent is too large for this forum."),
        414: _("The forum does not accept addresses this long."),
        415: _("The forum does not accept this type of content."),
    }
    return str(sentences.get(status, _("The forum did not understand this request.")))
