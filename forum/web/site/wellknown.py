"""Well-known URLs for browsers, password managers and security researchers."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, redirect, render_template
from flask_babel import get_locale
from werkzeug import Response as AnyResponse

from forum.infra import clock
from forum.infra.database.db import current_settings
from forum.infra.errors import NotFound
from forum.infra.text.characters import without_forbidden
from forum.interfaces import absolute_url
from forum.site.images import content_at
from forum.site.queries import snapshot
from forum.web.assets import assets

blueprint = Blueprint("wellknown", __name__)
SECURITY = "/.well-known/security.txt"
EXPIRES_DAYS = 180  # RFC 9116 asks for less than a year
MAX_SHORT_NAME_LENGTH = 16  # characters that OpenSearch 1.1 allows
A_DAY = "public, max-age=86400"


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Serve the icon where browsers and feed readers look by default."""
    site = snapshot()
    own = site.pictures.get("icon_ico")
    found = content_at(own.path, site.pictures) if own else None
    if found is not None:
        return _cached(Response(found[1], content_type=found[0]))
    icon = assets()["favicon.ico"]
    return _cached(Response(icon.bodies[""], content_type=icon.content_type))


@blueprint.get("/.well-known/change-password")
def change_password() -> AnyResponse:
    """Redirect password managers to the change-password page (W3C)."""
    return redirect("/account/password", 302)


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """Describe the forum's search to browsers (OpenSearch 1.1)."""
    body = render_template("opensearch.xml", short_name=snapshot().name[:MAX_SHORT_NAME_LENGTH].strip())
    return _cached(
        Response(without_forbidden(body), content_type="application/opensearchdescription+xml; charset=utf-8")
    )


@blueprint.get(SECURITY)
def security() -> Response:
    """Serve the security contact (RFC 9116). Raises NotFound if the operator has set none."""
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
    return _cached(Response(text, content_type="text/plain; charset=utf-8"))


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = A_DAY
    return response
