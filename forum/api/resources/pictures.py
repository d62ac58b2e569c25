"""The site's logo and icon, for admins."""

import binascii
from base64 import b64decode
from typing import Any

from flask import Response

from forum.admin.image_actions import KINDS, MAX_UPLOAD_BYTES, encode_image, set_image
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.auth import identity
from forum.body_limits import takes_picture
from forum.infra.database.db import start_writing
from forum.infra.errors import Invalid, NotFound
from forum.infra.text.messages import say
from forum.interfaces import absolute_url
from forum.models import Right
from forum.schemas.admin.operation import PictureIn, PictureOut
from forum.site.queries import snapshot

blueprint = ApiBlueprint("pictures", "The site's logo and icon; for admins, with the scope admin.")
ONE = "/settings/<picture>"


@blueprint.writes("PUT", ONE, PictureOut, body=PictureIn, status=200)
@takes_picture
@identity.defers_write_lock
def store(body: dict[str, Any], picture: str) -> dict[str, Any]:
    """Store a picture as the `logo`, `logo_dark` or `icon`; it is scaled down and encoded anew."""
    actor = scopes.require_right(Right.MANAGE_SETTINGS)
    _require_kind(picture)
    encoded = encode_image(picture, decoded_file(body["content"], most=MAX_UPLOAD_BYTES))
    start_writing()
    set_image(actor, picture, encoded)
    stored = snapshot().pictures[picture]
    return {"url": absolute_url(stored.path), "width": stored.width, "height": stored.height}


def _require_kind(picture: str) -> None:
    if picture not in KINDS:
        raise NotFound


def decoded_file(content: str, *, most: int) -> bytes:
    """A file of at most so many bytes that was sent in base64. Raises Invalid."""
    try:
        data = b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid({"content": [say("Send the file in base64.")]}) from error
    if len(data) > most:
        raise Invalid({"content": [say("Choose a file of at most %(num)d kB.", num=most // 1000)]})
    return data


@blueprint.writes("DELETE", ONE, status=204)
def remove(picture: str) -> Response:
    """Remove the `logo`, `logo_dark` or `icon`."""
    actor = scopes.require_right(Right.MANAGE_SETTINGS)
    _require_kind(picture)
    set_image(actor, picture, {})
    return Response(status=204)
