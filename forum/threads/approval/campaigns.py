"""Campaigns: nearly the same text, or links to the same domain, by several new members become one case.

A campaign is a case about the oldest of its posts; `post_fingerprint.campaign_id` says which posts are part of it.
"""

from dataclasses import dataclass, field

from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.members.signup import newcomers
from forum.models import Member, Post, ReviewItem, ReviewKind
from forum.site.queries import snapshot
from forum.spam import near_copies
from forum.spam.fingerprints import Fingerprint

SAME_TEXT, SAME_LINK = "same-text", "same-link"  # reasons to wait
CALLED_SPAM = "spam"  # the decision that a campaign is one


@dataclass(frozen=True)
class Sighting:
    """What was found about a new post: its fingerprint, and the posts of the campaign that it is part of."""

    seen: Fingerprint
    copies: near_copies.Copies = field(default_factory=near_copies.Copies)

    @property
    def is_campaign(self) -> bool:
        """Whether the post is part of a campaign: one that is known, or enough members wrote alike."""
        known = any(each.decision == CALLED_SPAM or self._waits(each) for each in self.copies.found)
        return known or self.copies.member_count + 1 >= snapshot().campaign_members

    @staticmethod
    def _waits(copy: near_copies.Copy) -> bool:
        return copy.campaign_id is not None and not copy.decision

    @property
    def reasons(self) -> list[str]:
        """Why the post waits for approval; none if it is not part of a campaign."""
        if not self.copies.found or not self.is_campaign:
            return []
        return [f"{SAME_LINK}:{self.copies.domain}" if self.copies.domain else SAME_TEXT]


def look(actor: Member, html: str, title: str) -> Sighting | None:
    """Look for posts of other new members like a new one; None if its author is not new, or nobody looks."""
    if not snapshot().campaign_members or not newcomers.is_new(actor):
        return None
    seen = near_copies.read_fingerprint(html, title)
    return Sighting(seen, near_copies.copies_of(seen, actor.id))


def note(post: Post, sighting: Sighting) -> None:
    """Keep a new post's fingerprint, and put it into its campaign with the posts like it, which becomes a case."""
    found = sighting.copies.found
    if not sighting.reasons:
        near_copies.store(post, sighting.seen, campaign_id=sighting.copies.fine_id)
        return
    free = [each for each in found if each.campaign_id is None]
    waiting = [each.campaign_id for each in found if each.campaign_id is not None and not each.decision]
    campaign_id = min(waiting) if waiting else _open(free[0].post_id if free else post.id, sighting.reasons[0])
    near_copies.store(post, sighting.seen, campaign_id=campaign_id)
    near_copies.add_to_campaign(campaign_id, [each.post_id for each in free])


def _open(post_id: int, sign: str) -> int:
    """The case about a campaign whose oldest post is this."""
    author_id = session.scalars(select(Post.author_id).where(Post.id == post_id)).one()
    values = {"post_id": post_id, "member_id": author_id, "opened_at": clock.now(), "held_for": sign}
    kind = ReviewKind.CAMPAIGN.value
    session.execute(insert_into(ReviewItem).values(kind=kind, **values).on_conflict_do_nothing())
    same = (ReviewItem.post_id == post_id, ReviewItem.kind == kind, ReviewItem.decided_at.is_(None))
    return session.scalars(select(ReviewItem.id).where(*same)).one()
