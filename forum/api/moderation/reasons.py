"""The prepared reasons that moderators choose."""

from typing import Any

from forum import permissions
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.auth import identity
from forum.moderation import reviews
from forum.schemas.moderation.reasons import PreparedReasonListOut
from forum.site.queries import snapshot

blueprint = ApiBlueprint("reasons", "Prepared reasons, with the scope moderate.")


@blueprint.reads("/moderation/prepared-reasons", PreparedReasonListOut, login=True)
def show_all() -> dict[str, Any]:
    """List the prepared reasons. Needs the scope moderate."""
    scopes.require_scopes("moderate")
    permissions.require(reviews.may_review_some(identity.member()))
    names = ("id", "title", "text", "rule")
    rows = snapshot().prepared_reasons
    return {"items": [{name: getattr(row, name) for name in names} | {"acts": sorted(row.acts)} for row in rows]}
