"""Change members' roles."""

from forum import permissions
from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.infra.errors import Forbidden
from forum.infra.text.messages import say
from forum.members import queries
from forum.models import Member, Role
from forum.site import actions as site


def set_role(actor: Member, member: Member, role: Role) -> None:
    """Change a member's role. Raises Forbidden if the actor is no admin or the forum would lose its last one."""
    permissions.require(permissions.may_administer(actor))
    change_role(actor, member, role)


def change_role(actor: Member | None, member: Member, role: Role) -> None:
    """Change a role without checking the actor, who is None for the operator at the command line."""
    was = Role(member.role)
    if was == Role.ADMIN and role != Role.ADMIN:
        session.refresh(member, with_for_update=True)
        site.lock()  # so that two admins cannot go at once, each because of the other
        if queries.is_last_admin(member):
            raise Forbidden(say("The forum needs at least one admin. Make another member an admin first."))
    member.role = role
    change = Change({"role": str(was)}, {"role": str(role)})
    record("set-role", actor=actor, target=f"member:{member.id}", change=change, was=str(was), role=str(role))
    session.flush()
