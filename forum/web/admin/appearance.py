"""The page of the forum's colours, font and measures, with a preview."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, render_template, request
from werkzeug import Response as AnyResponse

from forum.admin.edit_conflicts import fingerprint
from forum.admin.image_actions import KINDS, MAX_UPLOAD_BYTES, encode_image, image_values, set_image
from forum.admin.setting_actions import APPEARANCE_DEFAULTS, change_settings, normalised, on_same_page, stored_settings
from forum.auth import identity
from forum.body_limits import takes_picture
from forum.infra.database.db import start_writing
from forum.infra.errors import Invalid, MessageText
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.models import Right
from forum.schemas.admin.settings import AppearanceIn
from forum.site.appearance import NAMES, appearance_of, faults_of_appearance
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import (
    Form,
    hidden_field,
    load_form,
    load_values,
    rerenders_on_error,
    seen_values,
    shared_form,
    submitted_values,
    uploaded_file,
)
from forum.web.settings.fields import APPEARANCE_FIELDS, at_default

blueprint = Blueprint("admin_appearance", __name__, url_prefix="/admin/appearance")
PICTURE_LABELS: dict[str, tuple[Message, Message]] = {
    "logo": (say("Logo"), say("In the header, in place of the name; shown up to 32 pixels high and 288 wide.")),
    "logo_dark": (say("Logo in dark mode"), say("Only if the logo cannot be seen on a dark background.")),
    "icon": (say("Icon"), say("In tabs, bookmarks and on home screens; square, 192 × 192 pixels or more is best.")),
}


@blueprint.get("")
def appearance_page() -> str:
    """Show the form of the appearance as it is."""
    administrator(Right.MANAGE_SETTINGS)
    return _page()


@blueprint.post("")
@rerenders_on_error(appearance_page)
def save() -> AnyResponse:
    """Save the appearance."""
    actor = administrator(Right.MANAGE_SETTINGS)
    change_settings(actor, load_form(AppearanceIn), seen=hidden_field("seen"))
    return toasts.with_undo(see("/admin/appearance"))


@blueprint.post("/reset")
@rerenders_on_error(appearance_page)
def reset() -> AnyResponse:
    """Save the default appearance."""
    change_settings(administrator(Right.MANAGE_SETTINGS), APPEARANCE_DEFAULTS)
    return toasts.with_undo(see("/admin/appearance"))


@blueprint.post("/preview")
@identity.defers_write_lock
@rerenders_on_error(appearance_page)
def preview() -> str:
    """Show the page as it would look, saving nothing."""
    administrator(Right.MANAGE_SETTINGS)
    values = normalised(load_form(AppearanceIn))
    if faults := faults_of_appearance(values):
        raise Invalid(faults)
    g.form = Form(submitted_values())
    return _page(preview="/admin/appearance/preview.css?" + urlencode(values))


@blueprint.get("/preview.css")
def preview_style_sheet() -> Response:
    """The style sheet of an appearance that is not saved."""
    administrator(Right.MANAGE_SETTINGS)
    css = appearance_of(normalised(load_values(AppearanceIn, request.args))).css
    return Response(css, content_type="text/css; charset=utf-8")


@blueprint.get("/check")
def check() -> Response:
    """The style sheet of what an admin is entering, and what is wrong with it, for the page's script."""
    administrator(Right.MANAGE_SETTINGS)
    try:
        values = normalised(load_values(AppearanceIn, request.args))
        faults = faults_of_appearance(values)
    except Invalid as error:
        return jsonify(css="", faults=_translated(error.fields))
    return jsonify(css=appearance_of(values).css, faults=_translated(faults))


def _translated(faults: Mapping[str, Sequence[MessageText]]) -> dict[str, str]:
    return {name: " ".join(translate(item) for item in items) for name, items in faults.items()}


def image_form_page(picture: str) -> str:
    """The page again, after a picture of it was refused."""
    del picture
    return appearance_page()


def _picture(form: Form, kind: str) -> dict[str, object]:
    label, help_text = PICTURE_LABELS[kind]
    return {
        "kind": kind,
        "label": translate(label),
        "help": translate(help_text),
        "shown": snapshot().pictures.get(kind),
        "seen": seen_values(form, fingerprint(image_values(kind)), field=f"seen_{kind}"),
    }


@blueprint.post("/default")
@identity.defers_write_lock
def fill_in_default() -> str:
    """Show the form as it was typed with the default in one field, saving nothing."""
    administrator(Right.MANAGE_SETTINGS)
    g.form = Form(at_default(hidden_field("default"), submitted_values()))
    return _page(is_filled_in=True)


def _page(*, preview: str = "", is_filled_in: bool = False) -> str:
    stored = stored_settings()
    shown = {name: stored[name] for name in NAMES}
    form = shared_form(**shown)
    return render_template(
        "admin/appearance.html",
        form=form,
        seen=seen_values(form, fingerprint(on_same_page(stored, NAMES))),
        changed={name for name in NAMES if stored[name] != APPEARANCE_DEFAULTS[name]},
        fields=APPEARANCE_FIELDS,
        is_filled_in=is_filled_in,
        preview=preview,
        pictures=[_picture(form, kind) for kind in KINDS],
    )


@blueprint.post("/<any(logo, logo_dark, icon):picture>")
@takes_picture
@identity.defers_write_lock
@rerenders_on_error(image_form_page)
def upload(picture: str) -> Response:
    """Store a picture."""
    actor = administrator(Right.MANAGE_SETTINGS)
    encoded = encode_image(picture, uploaded_file(picture, most=MAX_UPLOAD_BYTES))
    start_writing()
    set_image(actor, picture, encoded, seen=hidden_field(f"seen_{picture}"))
    return toasts.with_undo(see("/admin/appearance#pictures"))


@blueprint.post("/<any(logo, logo_dark, icon):picture>/delete")
@rerenders_on_error(image_form_page)
def remove(picture: str) -> Response:
    """Remove a picture."""
    set_image(administrator(Right.MANAGE_SETTINGS), picture, {}, seen=hidden_field(f"seen_{picture}"))
    return toasts.with_toast(see("/admin/appearance#pictures"), "deleted")
