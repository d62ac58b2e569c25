"""What browsers, password managers and researchers look for at addresses that everybody knows."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, redirect, render_template
from flask_babel import get_locale
from werkzeug import Response as AnyResponse

from forum.infra import clock
from forum.infra.characters import without_forbidden
from forum.infra.db import current_settings
from forum.infra.errors import NotFound
from forum.interfaces import absolute_url
from forum.site.queries import snapshot
from forum.web.assets import assets

blueprint = Blueprint("wellknown", __name__)
SECURITY = "/.well-known/security.txt"
EXPIRES_DAYS = 180  # RFC 9116 asks for less than a year
MAX_SHORT_NAME_LENGTH = 16  # characters that OpenSearch 1.1 allows
A_DAY = "public, max-age=86400"


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """The icon, where browsers and readers of feeds look for it unasked."""
    icon = assets()["favicon.ico"]
    return _kept(Response(icon.bodies[""], content_type=icon.content_type))


@blueprint.get("/.well-known/change-password")
def change_password() -> AnyResponse:
    """Where a password is changed, for password managers (W3C)."""
    return redirect("/account/password", 302)


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """How a browser searches the forum (OpenSearch 1.1)."""
    body = render_template("opensearch.xml", short_name=snapshot().name[:MAX_SHORT_NAME_LENGTH].strip())
    return _kept(Response(without_forbidden(body), content_type="application/opensearchdescription+xml; charset=utf-8"))


@blueprint.get(SECURITY)
def security() -> Response:
    """Whom to tell of a security problem (RFC 9116), if the operator has set that."""
    contacts = current_settings().security_contact.split()
    if not contacts:
        raise NotFound
    today = datetime.combine(clock.now(), datetime.min.time(), UTC)
    fields = [
        *(("Contact", contact) for contact in contacts),
        ("Expires", (today + timedelta(days=EXPIRES_DAYS)).isoformat()),
        ("Preferred-Languages", str(get_locale()).replace("_", "-")),
        ("Canonical", absolute_url(SECURITY)),
    ]
    text = "".join(f"{name}: {value}\n" for name, value in fields)
    return _kept(Response(text, content_type="text/plain; charset=utf-8"))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = A_DAY
    return response
