"""Which groups a member is in."""

from functools import lru_cache

from forum.infra import clock
from forum.models import BuiltInGroup, Member, Role
from forum.site.access import EarnedGroup
from forum.site.banners import Banner, shown_banner
from forum.site.queries import snapshot

BUILT_IN_GROUPS: dict[str, frozenset[int]] = {
    Role.MEMBER: frozenset({BuiltInGroup.GUESTS, BuiltInGroup.MEMBERS}),
    Role.MODERATOR: frozenset({BuiltInGroup.GUESTS, BuiltInGroup.MEMBERS, BuiltInGroup.MODERATORS}),
    Role.ADMIN: frozenset(BuiltInGroup),
}
GUEST_GROUPS: frozenset[int] = frozenset({BuiltInGroup.GUESTS})


@lru_cache(maxsize=1000)
def _groups(role: str, joined_groups: str | None) -> frozenset[int]:
    return BUILT_IN_GROUPS[role] | {int(group_id) for group_id in (joined_groups or "").split(",") if group_id}


def groups_of(actor: Member | None) -> frozenset[int]:
    """The ids of the groups an actor is in, or as which they view the forum.

    The banned are only guests, as are those whose registration waits for approval.
    """
    if actor is None or actor.is_banned or actor.awaits_approval_at is not None:
        return GUEST_GROUPS
    return groups_despite_ban(actor) if actor.viewed_as is None else actor.viewed_as


def own_id(actor: object) -> int | None:
    """The id of an actor who sees what is their own; None for guests and scopes, and for members treated as others."""
    if not isinstance(actor, Member) or actor.is_banned or actor.viewed_as is not None:
        return None
    return actor.id if actor.awaits_approval_at is None else None


def groups_despite_ban(member: Member) -> frozenset[int]:
    """The ids of the groups a member is in once no ban is in force: a ban does not make an account fair game."""
    groups, earned = _groups(member.role, member.joined_groups), snapshot().access.earned
    return groups | _reached(member, earned) if earned else groups


def banner_of(member: Member) -> Banner | None:
    """The banner shown beside a member's name; also a banned one's."""
    banners = snapshot().banners
    return shown_banner(banners, groups_despite_ban(member)) if banners else None


def shows_joined_groups() -> bool:
    """Whether the banner of a member depends on the groups that they have joined."""
    return any(banner.group_id not in set(BuiltInGroup) for banner in snapshot().banners)


def _reached(actor: Member, earned: tuple[EarnedGroup, ...]) -> set[int]:
    days = (clock.now() - actor.joined_at).days if actor.joined_at else 0
    score = actor.reaction_score
    return {
        group.group_id for group in earned if group.is_reached(messages=actor.message_count, days=days, score=score)
    }
