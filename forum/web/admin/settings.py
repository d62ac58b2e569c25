"""The page of the site's settings."""

from collections.abc import Sequence

from flask import Blueprint, g, render_template
from werkzeug import Response

from forum.admin.edit_conflicts import fingerprint
from forum.admin.setting_actions import DEFAULTS, change_settings, normalised, on_same_page, stored_settings
from forum.auth import identity
from forum.body_limits import takes_text
from forum.infra.database.db import current_settings
from forum.infra.text.messages import say
from forum.interfaces import translate
from forum.models import Right
from forum.schemas.admin.settings import SettingsIn
from forum.threads.writing import PreparedPost
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import (
    Form,
    current_form,
    hidden_field,
    load_form,
    rerenders_on_error,
    seen_values,
    submitted_values,
)
from forum.web.fragments.operator_text import rendered
from forum.web.settings.fields import SECTIONS, at_default

SWITCHES = tuple(name for name, value in DEFAULTS.items() if isinstance(value, bool))  # not sent if off
TEXTS = {"terms": say("Terms of use"), "privacy": say("Privacy"), "help": say("Help"), "contact": say("Contact")}
blueprint = Blueprint("admin_settings", __name__, url_prefix="/admin/settings")


@blueprint.get("")
def settings_page(*, is_filled_in: bool = False) -> str:
    """Show the form of all settings; those that differ from their default are marked."""
    administrator(Right.MANAGE_SETTINGS)
    return _page(is_filled_in=is_filled_in)


def _page(previews: Sequence[tuple[str, PreparedPost]] = (), *, is_filled_in: bool = False) -> str:
    stored = stored_settings()
    changed = {name for name, value in stored.items() if value != DEFAULTS[name]}
    form = current_form(**stored)
    return render_template(
        "admin/settings.html",
        form=form,
        seen=seen_values(form, fingerprint(on_same_page(stored, ("name",)))),
        changed=changed,
        sections=SECTIONS,
        is_filled_in=is_filled_in,
        fixed_name=current_settings().site_name,
        previews=previews,
    )


@blueprint.post("/preview")
@takes_text
@identity.defers_write_lock
@rerenders_on_error(settings_page)
def preview() -> str:
    """Show the page with the texts as they would look, saving nothing."""
    administrator(Right.MANAGE_SETTINGS)
    values = normalised(load_form(SettingsIn))
    g.form = Form(submitted_values())
    texts = [(translate(label), rendered(str(values[name]))) for name, label in TEXTS.items() if values.get(name)]
    return _page(previews=texts)


@blueprint.post("")
@takes_text
@rerenders_on_error(settings_page)
def save() -> Response:
    """Save all settings."""
    actor = administrator(Right.MANAGE_SETTINGS)
    change_settings(actor, dict.fromkeys(SWITCHES, False) | load_form(SettingsIn), seen=hidden_field("seen"))
    return toasts.with_undo(see("/admin/settings"))


@blueprint.post("/default")
@takes_text
@identity.defers_write_lock
def fill_in_default() -> str:
    """Show the form as it was typed with the default in one field, saving nothing."""
    administrator(Right.MANAGE_SETTINGS)
    g.form = Form(at_default(hidden_field("default"), submitted_values()))
    return settings_page(is_filled_in=True)
