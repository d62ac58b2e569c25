"""The site's settings, for admins."""

from typing import Any

from forum.admin.setting_actions import change_settings, stored_settings
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.etags import locks_site
from forum.auth import identity
from forum.body_limits import takes_text
from forum.schemas.admin.settings import SettingsIn, SettingsOut

blueprint = ApiBlueprint("settings", "The site's settings.")


@blueprint.reads("/settings", SettingsOut, login=True)
def show() -> dict[str, Any]:
    """Get all settings; for admins, with the scope admin."""
    scopes.require_admin()
    return stored_settings()


@blueprint.writes("PATCH", "/settings", SettingsOut, body=SettingsIn, status=200)
@locks_site
@takes_text
def change(body: dict[str, Any]) -> dict[str, Any]:
    """Change settings; those that are not sent stay as they are. Needs the scope admin."""
    scopes.require_scopes("admin")
    change_settings(identity.member(), body)
    return stored_settings()
