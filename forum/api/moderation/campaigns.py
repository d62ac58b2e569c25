"""Campaigns: what several new members posted alike, decided as one case."""

from typing import Any

from forum.admin.undo import running
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.given_reasons import given_grounds
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.api.resources.moderation.acts import shown_act
from forum.auth import identity
from forum.interfaces import absolute_url
from forum.models import Member, ReasonFor, ReviewItem
from forum.moderation import campaigns, reviews
from forum.permissions import require
from forum.schemas.listing import PageIn
from forum.schemas.moderation.acts import BulkActOut
from forum.schemas.moderation.campaigns import CampaignDecisionIn, CampaignListOut, CampaignOut

blueprint = ApiBlueprint("campaigns", "What several new members posted alike; with the scope moderate.")
ONE = "/moderation/campaigns/<id:item_id>"


def _moderator() -> Member:
    scopes.require_scopes("moderate")
    actor = identity.member()
    require(reviews.may_moderate_some(actor))
    return actor


@blueprint.reads("/moderation/campaigns", CampaignListOut, login=True)
def show_all() -> dict[str, Any]:
    """List the campaigns that wait in the boards that the caller moderates, or of which a part does, oldest first."""
    actor = _moderator()
    items = campaigns.open_campaigns(actor)
    extents = campaigns.extents(actor, items)
    return {"items": [_row(item, extents[item.id]) for item in items]}


@blueprint.reads(ONE, CampaignOut, query=PageIn, login=True)
def show(query: dict[str, Any], item_id: int) -> PageResponse:
    """Get a campaign with its members and posts, as far as they are in boards that the caller moderates."""
    actor = _moderator()
    item = campaigns.find(actor, item_id)
    posts, page = campaigns.posts_of(actor, item, query["page"])
    listed, headers = paginated(serializers.posts(posts), page)
    authors = [
        {"member": serializers.member_ref(member), "posts": number}
        for member, number in campaigns.members_of(actor, item)
    ]
    return _row(item, campaigns.extents(actor, [item])[item.id]) | {"authors": authors} | listed, headers


@blueprint.writes("POST", ONE, BulkActOut, body=CampaignDecisionIn, status=202)
def decide(body: dict[str, Any], item_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Decide about all posts of a campaign in the boards that the caller moderates; 409 if that is done already.

    The answer is the act on many posts, which `moderation/acts/ID` follows and undoes.
    """
    actor = _moderator()
    item = campaigns.find(actor, item_id)
    begun = campaigns.decide(actor, item, body["decision"], grounds=given_grounds(ReasonFor.REJECT, body))
    running.run_first(begun.entry_id)
    return shown_act(begun), {"Location": absolute_url(f"/api/v1/moderation/acts/{begun.entry_id}")}


def _row(item: ReviewItem, extent: campaigns.Extent) -> dict[str, Any]:
    names = ("posts", "waiting", "members", "threads", "domain", "has_more_elsewhere", "is_part")
    state = item.decision if item.decided_at else "open"
    if extent.is_part:  # what was decided elsewhere is not told
        state = "open" if extent.waiting else "done"
    is_told = not extent.is_part
    return {name: getattr(extent, name) for name in names} | {
        "id": item.id,
        "url": absolute_url(f"/moderation/campaigns/{item.id}"),
        "state": state,
        "opened_at": item.opened_at,
        "decided_at": item.decided_at if is_told else None,
        "decided_by": serializers.member_ref(item.decided_by) if is_told and item.decided_by else None,
    }
