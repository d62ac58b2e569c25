"""Change the site's settings."""

from collections.abc import Mapping

from sqlalchemy import select

from forum.admin.edit_conflicts import require_unchanged
from forum.admin.rules import MAX_SITE_DESCRIPTION, MAX_SITE_NAME, Administrator, authorize
from forum.audit_log import record
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.text.characters import without_forbidden
from forum.infra.text.locales import locale_of
from forum.infra.text.messages import Message, one_line, say, visible_length
from forum.models import Right, SiteSetting
from forum.site import actions as site
from forum.site import appearance
from forum.site.queries import Site

NAMES = (
    "name",
    "description",
    "language",
    "terms",
    "contact",
    "edit_window_minutes",
    "flood_seconds",
    "remote_images",
    *appearance.NAMES,
)
APPEARANCE_DEFAULTS: Mapping[str, object] = dict(vars(appearance.Appearance()))
DEFAULTS: Mapping[str, object] = {
    **{name: value for name, value in vars(Site(version=0)).items() if name in NAMES},
    **APPEARANCE_DEFAULTS,
}
LONG_TEXTS = ("terms", "contact")
COLOURS = ("accent", "accent_dark")


def stored_settings() -> dict[str, object]:
    """The settings by name, as stored or else at their defaults."""
    rows = session.scalars(select(SiteSetting).where(SiteSetting.name.in_(NAMES)))
    return {**DEFAULTS, **{row.name: row.value for row in rows}}


def change_settings(actor: Administrator, given: Mapping[str, object], *, seen: str | None = None) -> list[str]:
    """Store settings and log each change; returns the names of those that changed.

    `seen` is the fingerprint of all settings when the actor read them. Raises Invalid or ChangedMeanwhile.
    """
    admin = authorize(actor, Right.MANAGE_SETTINGS)
    site.lock()
    stored, values = stored_settings(), _checked(given)
    require_unchanged(stored, values, seen=seen)
    changed = [name for name in values if values[name] != stored[name]]
    for name in changed:
        was, now = (_logged(name, each[name]) for each in (stored, values))
        record("change-setting", actor=admin, target=f"setting:{name}", was=was, now=now)
    site.set_values({name: values[name] for name in changed})
    return changed


def _checked(given: Mapping[str, object]) -> dict[str, object]:
    """The values normalised as they are stored. Raises Invalid."""
    values = normalised(given)
    faults: dict[str, list[Message]] = appearance.faults_of_appearance(values)
    if not visible_length(str(values.get("name", "-"))):
        faults["name"] = [say("Enter a name for the forum.")]
    for name, most in (("name", MAX_SITE_NAME), ("description", MAX_SITE_DESCRIPTION)):
        if len(str(values.get(name, ""))) > most:
            faults[name] = [say("Use at most %(num)d characters.", num=most)]
    if locale_of(str(values.get("language", "en"))) is None:
        faults["language"] = [say("Enter a language code, such as en, de or pt-BR.")]
    if faults:
        raise Invalid(faults)
    return values


def normalised(given: Mapping[str, object]) -> dict[str, object]:
    """The values as they are stored."""
    return {name: _normalised(name, value) for name, value in given.items()}


def _normalised(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name in COLOURS:
        return one_line(value).lower()
    return without_forbidden(value).replace("\r\n", "\n").strip() if name in LONG_TEXTS else one_line(value)


def _logged(name: str, value: object) -> object:
    """A value for the log; of long texts only their length."""
    return f"{len(str(value))} characters" if name in LONG_TEXTS else value
