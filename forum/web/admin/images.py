"""The forms on the page of the appearance that upload and remove the logo and icons."""

from flask import Blueprint
from werkzeug import Response

from forum.admin.image_actions import MAX_UPLOAD_BYTES, encode_image, set_image
from forum.auth import identity
from forum.body_limits import takes_picture
from forum.infra.database.db import start_writing
from forum.models import Right
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.appearance import image_form_page
from forum.web.admin.dashboard import administrator
from forum.web.forms import hidden_field, rerenders_on_error, uploaded_file

blueprint = Blueprint("admin_images", __name__, url_prefix="/admin/appearance/<any(logo, logo_dark, icon):kind>")


@blueprint.post("")
@takes_picture
@identity.defers_write_lock
@rerenders_on_error(image_form_page)
def upload(kind: str) -> Response:
    """Store a picture."""
    actor = administrator(Right.MANAGE_SETTINGS)
    encoded = encode_image(kind, uploaded_file(kind, most=MAX_UPLOAD_BYTES))
    start_writing()
    set_image(actor, kind, encoded, seen=hidden_field(f"seen_{kind}"))
    return toasts.with_toast(see("/admin/appearance#pictures"), "saved")


@blueprint.post("/delete")
@rerenders_on_error(image_form_page)
def remove(kind: str) -> Response:
    """Remove a picture."""
    set_image(administrator(Right.MANAGE_SETTINGS), kind, {}, seen=hidden_field(f"seen_{kind}"))
    return toasts.with_toast(see("/admin/appearance#pictures"), "deleted")
