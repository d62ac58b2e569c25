"""Cleaning up after spammers, and undoing it."""

from typing import Any
from urllib.parse import urlsplit

from forum import permissions
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.given_reasons import given_grounds
from forum.auth import identity
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.interfaces import absolute_url
from forum.members.queries import find_member
from forum.models import LogEntry, Member, ReasonFor, SpamCleaning
from forum.moderation.cleaning import actions, results, running
from forum.moderation.cleaning.plan import BanChoice, Period, Plan, may_clean
from forum.schemas.moderation.cleaning import CleaningIn, CleaningOut

blueprint = ApiBlueprint("cleaning", "Cleaning up after spammers, with the scope moderate.")
PLACE = "/members/<id:member_id>/clean-spam"


def _who(member_id: int) -> tuple[Member, Member]:
    """The caller and a member after whom they may clean up."""
    scopes.require_scopes("moderate")
    actor, member = identity.member(), find_member(member_id)
    permissions.require(may_clean(actor, member))
    return actor, member


def _latest(member: Member) -> SpamCleaning:
    cleaning = actions.latest_of(member)
    if cleaning is None:
        raise NotFound
    return cleaning


@blueprint.reads(PLACE, CleaningOut, login=True)
def show(member_id: int) -> dict[str, Any]:
    """Get how the last cleaning of a member went, or how far it is."""
    actor, member = _who(member_id)
    return _shown(actor, member, _latest(member))


@blueprint.writes("POST", PLACE, CleaningOut, body=CleaningIn, status=202)
def clean(body: dict[str, Any], member_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Remove what a spammer wrote and gave, in the boards that the caller moderates, and ban them; the ban comes first.

    Threads in which others have written stay, without the member's posts. 409 while another cleaning of them runs.
    """
    actor, member = _who(member_id)
    grounds = given_grounds(ReasonFor.BAN, body)
    del body["prepared_reason"]
    name, links = body.pop("name"), tuple(sorted(set(body.pop("links"))))
    named = {"period": Period(body["period"]), "ban": BanChoice(body["ban"]), "links": links}
    chosen = body | grounds._asdict() | named
    cleaning = actions.start(actor, member, Plan(**chosen), name=name, own_host=_own_host())
    running.run_first(cleaning.entry_id)
    return _shown(actor, member, cleaning), _location(member)


@blueprint.writes("POST", f"{PLACE}/undo", CleaningOut, status=202)
def undo(member_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Undo the last cleaning of a member exactly; what others did meanwhile stays. 409 if it is undone already."""
    actor, member = _who(member_id)
    cleaning = actions.undo(actor, _latest(member).entry_id)
    running.run_first(cleaning.entry_id)
    return _shown(actor, member, cleaning), _location(member)


def _own_host() -> str:
    return urlsplit(absolute_url("/")).hostname or ""


def _location(member: Member) -> dict[str, str]:
    return {"Location": absolute_url(f"/api/v1/members/{member.id}/clean-spam")}


def _shown(actor: Member, member: Member, cleaning: SpamCleaning) -> dict[str, Any]:
    progress = results.progress_of(cleaning)
    return {
        "id": cleaning.entry_id,
        "state": progress.state,
        "member_id": member.id,
        "started_at": session.get_one(LogEntry, cleaning.entry_id).at,
        "planned": cleaning.planned,
        "removed": progress.removed | {"refused": progress.refused, "addresses": progress.addresses},
        "restored": progress.restored,
        "kept": progress.kept,
        "can_undo": bool(actions.may_undo(actor, cleaning, member)),
    }
