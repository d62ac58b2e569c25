"""The page of a campaign: what several new members posted alike, and deciding about all of it at once."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum.admin.undo import running
from forum.auth import identity
from forum.infra.database.db import session, start_writing
from forum.models import ReasonFor
from forum.moderation import campaigns
from forum.moderation.campaigns import Extent
from forum.moderation.cleaning.plan import may_clean
from forum.schemas.moderation.campaigns import CampaignIn
from forum.threads.rules import REASON_MAX
from forum.web.addresses import page_number, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.moderation.acts import result_path
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("campaigns", __name__, url_prefix="/moderation/campaigns")


@blueprint.get("/<int:item_id>")
def show(item_id: int) -> str:
    """Show the members and posts of a campaign side by side."""
    actor = identity.member()
    item = campaigns.find(actor, item_id)
    posts, page = campaigns.posts_of(actor, item, page_number())
    members = campaigns.members_of(actor, item)
    return render_template(
        "moderation/campaign.html",
        item=item,
        extent=campaigns.extents(actor, [item]).get(item.id, Extent()),
        members=members,
        cleanable={member.id for member, _ in members if not member.is_banned and may_clean(actor, member)},
        posts=posts,
        page=page,
        form=current_form(),
        most_reason=REASON_MAX,
    )


@blueprint.post("/<int:item_id>")
@identity.defers_write_lock
@rerenders_on_error(show)
def decide(item_id: int) -> Response:
    """Remove all posts of a campaign as spam, or approve those that wait."""
    actor, given = identity.member(), load_form(CampaignIn)
    start_writing()
    item = campaigns.find(actor, item_id)
    grounds = chosen_grounds(ReasonFor.REJECT, given["reason"])
    begun = campaigns.decide(actor, item, given["decision"], grounds=grounds)
    entry_id = begun.entry_id
    session.commit()
    running.run(entry_id)
    return see(result_path(entry_id, back_to="/moderation/queue"))
