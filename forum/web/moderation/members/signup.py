"""How a member was registered: the signs of spam, and whether their first posts wait."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.infra.text.messages import Message
from forum.members import queries as members
from forum.members.signup import signs
from forum.members.signup.newcomers import until_known
from forum.members.signup.signs import Hold, Sign
from forum.models import Member, ReviewItem, Right
from forum.schemas.moderation.signup import HoldIn
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import load_form

blueprint = Blueprint("signup", __name__)


@dataclass(frozen=True)
class SignupSection:
    """What the section templates/moderation/member/signup.html shows of a member."""

    member: Member
    signs: list[Sign]
    hold: Hold | None
    may_hold: bool
    until_known: Message | None


def signup_section(actor: Member, member: Member) -> SignupSection:
    """The signs of a member's registration for the actor, who may ban members. Raises Forbidden."""
    permissions.require(permissions.may_use_right(actor, Right.BAN_MEMBERS))
    may_hold = bool(signs.may_hold_first_posts(actor, member))
    return SignupSection(member, signs.signs_of(member), signs.hold_of(member), may_hold, until_known(member))


def may_release_authors(actor: Member) -> bool:
    """Whether the actor may change whether new members' posts wait."""
    return bool(permissions.may_use_right(actor, Right.BAN_MEMBERS))


def signs_of_authors(items: list[ReviewItem]) -> Mapping[int, list[Sign]]:
    """The signs of those whose posts wait, by member; one statement."""
    return signs.signs_by_member({item.member_id for item in items}) if items else {}


@blueprint.get("/members/<int:member_id>-<slug>/registration")
def signup_page(member_id: int, slug: str) -> str:
    """Show how a member was registered."""
    member = members.find_member(member_id)
    section = signup_section(identity.member(), member)
    return render_template("moderation/signup.html", member=member, part=section)


@blueprint.post("/members/<int:member_id>-<slug>/registration")
def hold(member_id: int, slug: str) -> Response:
    """Let the member's first posts wait for approval, or no longer."""
    member, given = members.find_member(member_id), load_form(HoldIn)
    signs.hold_first_posts(identity.member(), member, hold=bool(given["hold"]))
    return toasts.with_undo(see(f"{member.path}/registration"))
