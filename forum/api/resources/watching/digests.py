"""How often and when the caller gets digests."""

from typing import Any

from forum.api.blueprint import ApiBlueprint
from forum.auth import identity
from forum.digests import choices
from forum.digests.queueing import next_moment_for
from forum.infra import clock
from forum.models import Member
from forum.schemas.watching.digests import DigestIn, DigestOut

blueprint = ApiBlueprint("digests", "Digests of what is new, by e-mail.")


@blueprint.reads("/me/digest", DigestOut, login=True)
def show_digest() -> dict[str, Any]:
    """Get how often and when the caller gets digests."""
    return _chosen(identity.member())


@blueprint.writes("PUT", "/me/digest", DigestOut, body=DigestIn, status=200)
def choose_digest(body: dict[str, Any]) -> dict[str, Any]:
    """Choose how often and when digests come."""
    me = identity.member()
    choices.choose_digest(me, **body)
    return _chosen(me)


def _chosen(me: Member) -> dict[str, Any]:
    reader = choices.choices_of(me)
    chosen = {name: getattr(reader.digest, name) for name in ("frequency", "hour", "weekday", "time_zone")}
    return {**chosen, "next_at": next_moment_for(reader, clock.now())}
