"""An admin views the forum with the permissions of other groups, without changing anything."""

from flask import Blueprint
from werkzeug import Response

from forum.admin.groups.group_actions import find_group, groups_in_order
from forum.auth import identity
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.members.credentials import sessions
from forum.members.queries import member_by_name
from forum.models import BuiltInGroup
from forum.schemas.admin.groups import ViewAsIn
from forum.site.group_membership import groups_of
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import load_form

blueprint = Blueprint("admin_view_as", __name__, url_prefix="/admin/view-as")


@blueprint.post("")
def start() -> Response:
    """View the forum as a guest, as a member of a group, or with the groups of a member."""
    administrator()
    given = load_form(ViewAsIn)
    login = identity.current_session()
    if login is not None:
        sessions.view_as(login, _groups_of(given["member"], given["group"]))
    return see("/")


@blueprint.post("/stop")
@identity.allowed_while_viewing_as
def stop() -> Response:
    """View the forum as oneself again."""
    login = identity.current_session()
    if login is not None:
        sessions.view_as(login, None)
    return see("/admin/permissions")


def _groups_of(name: str, group_id: int | None) -> frozenset[int]:
    """The groups of a member if a name is given, else the groups that a new member of one group would be in."""
    if name:
        member = member_by_name(name)
        if member is None:
            raise Invalid({"member": [say("There is no member with this name.")]})
        return groups_of(member)
    group = find_group(group_id or BuiltInGroup.GUESTS)
    if group.is_built_in:
        return frozenset(each for each in BuiltInGroup if each <= group.id)
    return frozenset({BuiltInGroup.GUESTS, BuiltInGroup.MEMBERS, group.id})


def viewed_as() -> str:
    """The titles of the groups as which an admin views the forum, without those that the others include."""
    groups = identity.viewed_groups()
    if groups is None:
        return ""
    highest = max(set(BuiltInGroup) & groups)
    created = groups - set(BuiltInGroup)
    shown = created or {highest}
    if highest > BuiltInGroup.MEMBERS:
        shown |= {highest}
    return ", ".join(group.title for group in groups_in_order() if group.id in shown)
