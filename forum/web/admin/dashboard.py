"""The first page of administration: what needs attention, and what a new forum still lacks."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from forum import permissions
from forum.admin.operation.backups import backup_checks
from forum.admin.rules import authorize
from forum.auth import identity
from forum.boards.queries import statistics, tree
from forum.health import checks
from forum.health.checks import Level
from forum.infra.database.db import current_settings
from forum.infra.text.messages import Message, say
from forum.models import Member, Right
from forum.site.queries import Site, snapshot

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@dataclass(frozen=True)
class Step:
    """A step of setting up a forum, and the page on which it is done."""

    text: Message
    path: str
    is_done: bool


def administrator(right: Right | None = None) -> Member:
    """The logged-in admin, or member with `right` if it is given; raises NotLoggedIn or Forbidden for others."""
    actor = identity.member()
    authorize(actor, right)
    return actor


@blueprint.get("")
def dashboard() -> str:
    """Show what needs attention, the first steps, and the size of the forum."""
    actor = identity.member()
    permissions.require(permissions.may_open_administration(actor))
    size = statistics(tree(actor))
    return render_template(
        "admin/dashboard.html",
        faults=[check for check in (*checks.readiness(), *backup_checks()) if check.level is not Level.OK],
        steps=first_steps(snapshot(), has_members=size.members > 1),
        statistics=size,
    )


def first_steps(site: Site, *, has_members: bool) -> list[Step]:
    """What a new forum needs before its first members come."""
    settings = current_settings()
    boards = [board for board in site.tree if not board.is_category]
    return [
        Step(say("Give the forum a name"), "/admin/settings", site.name != Site(version=0).name),
        Step(say("Describe it in a sentence"), "/admin/settings", bool(site.description)),
        Step(say("Create boards"), "/admin/boards", bool(boards)),
        Step(say("Write the terms of use"), "/admin/settings", bool(site.terms)),
        Step(say("Say how to contact you"), "/admin/settings", bool(site.contact)),
        Step(say("Set up mail: FORUM_MAIL_URL in the environment"), "/admin/mail", bool(settings.mail_url)),
        Step(say("Set the forum's address: FORUM_BASE_URL in the environment"), "", bool(settings.base_url)),
        Step(say("Invite your first members"), "/account/invitations", has_members),
    ]
