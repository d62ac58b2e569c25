"""The first page of administration: what needs attention, and what a new forum still lacks."""

from flask import Blueprint, render_template, request
from werkzeug import Response

from forum import permissions
from forum.admin.demonstration import contents
from forum.admin.groups.request_actions import may_answer_some, waiting_count
from forum.admin.operation.backups import backup_checks
from forum.admin.rules import authorize
from forum.admin.setting_actions import first_steps_are_hidden, hide_first_steps
from forum.auth import identity
from forum.boards.queries import statistics, tree
from forum.health import checks
from forum.health.checks import Level
from forum.models import Member, Right
from forum.site.queries import snapshot
from forum.web.addresses import see
from forum.web.admin.first_steps import first_steps
from forum.web.admin.places import admin_places
from forum.web.settings.search import MAX_ASKED, found_in_administration

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


def administrator(right: Right | None = None) -> Member:
    """The logged-in admin, or member with `right` if it is given; raises NotLoggedIn or Forbidden for others."""
    actor = identity.member()
    authorize(actor, right)
    return actor


@blueprint.get("")
def dashboard() -> str:
    """Show what needs attention, the first steps, and the size of the forum; or what is found for `q`."""
    actor = identity.member()
    permissions.require(permissions.may_open_administration(actor))
    asked = request.args.get("q", "")[:MAX_ASKED].strip()
    if asked:
        places = [place for _, places in admin_places(actor) for place in places]
        return render_template("admin/search.html", sought=asked, groups=found_in_administration(asked, places))
    size = statistics(actor, tree(actor))
    return render_template(
        "admin/dashboard.html",
        faults=_faults() if permissions.may_administer(actor) else [],
        steps=first_steps(snapshot(), contents.names(), has_members=size.members > 1),
        requests=waiting_count(actor) if may_answer_some(actor) else 0,
        hides_steps=first_steps_are_hidden(),
        statistics=size,
    )


def _faults() -> list[checks.Check]:
    return [check for check in (*checks.readiness(), *backup_checks()) if check.level is not Level.OK]


@blueprint.post("/first-steps/<any(hide, show):choice>")
def choose_first_steps(choice: str) -> Response:
    """Hide the first steps, or show them again."""
    hide_first_steps(administrator(), hide=choice == "hide")
    return see("/admin")
