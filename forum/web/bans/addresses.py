"""From where and with what devices a member uses the forum, for those who may see addresses."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.members.bans import addresses
from forum.members.bans.actions import may_block
from forum.models import Member
from forum.site.queries import snapshot
from forum.web.addresses import see
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("addresses", __name__)


def _asked(member_id: int) -> tuple[Member, Member]:
    actor = identity.member()
    permissions.require(addresses.may_see_addresses(actor))
    return actor, addresses.find_account(member_id)


@blueprint.get("/members/<int:member_id>-<slug>/addresses")
@requires_recent_password
def show(member_id: int, slug: str) -> str:
    """Show the addresses and devices of a member, and who else used the same, to those who have begun to look."""
    actor, member = _asked(member_id)
    return render_template(
        "moderation/addresses.html",
        member=member,
        seen=addresses.seen_of(actor, member),
        days=snapshot().address_days,
        most=addresses.MAX_OTHERS,
        may_block=may_block(actor),
    )


@blueprint.post("/members/<int:member_id>-<slug>/addresses")
@requires_recent_password
def look(member_id: int, slug: str) -> Response:
    """Log the look, and show what there is."""
    actor, member = _asked(member_id)
    addresses.begin_look(actor, member)
    return see(f"{member.path}/addresses")
