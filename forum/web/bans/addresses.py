"""From where and with what devices a member uses the forum, for those who may see addresses."""

from flask import Blueprint, render_template

from forum import permissions
from forum.auth import identity
from forum.members.bans import addresses
from forum.members.bans.actions import may_block
from forum.site.queries import snapshot
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("addresses", __name__)


@blueprint.get("/members/<int:member_id>-<slug>/addresses")
@requires_recent_password
def show(member_id: int, slug: str) -> str:
    """Show the addresses and devices of a member, and who else used the same; the look is logged."""
    actor = identity.member()
    permissions.require(addresses.may_see_addresses(actor))
    member = addresses.find_account(member_id)
    return render_template(
        "moderation/addresses.html",
        member=member,
        seen=addresses.look_at(actor, member),
        days=snapshot().address_days,
        most=addresses.MAX_OTHERS,
        may_block=may_block(actor),
    )
