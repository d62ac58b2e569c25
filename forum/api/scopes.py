"""Token scopes: a browser's login may do everything its member may, a token only what its scopes allow."""

from forum import permissions
from forum.api.problems import MissingScope
from forum.auth import identity
from forum.models import Member, Post, Right, Thread
from forum.verdicts import Verdict

OWN, MODERATE = ("write",), ("write", "moderate")


def require_scopes(*wanted: str) -> None:
    """Require scopes of the caller. Raises MissingScope if the token lacks one."""
    for scope in wanted:
        if scope not in identity.scopes():
            raise MissingScope(scope)


def require_admin() -> Member:
    """Require an admin, with the scope admin; returns the member."""
    require_scopes("admin")
    actor = identity.member()
    permissions.require(permissions.may_administer(actor))
    return actor


def require_right(right: Right) -> Member:
    """Require a member with a right of administration, with the scope admin; returns the member."""
    require_scopes("admin")
    actor = identity.member()
    permissions.require(permissions.may_use_right(actor, right))
    return actor


def allows(verdict: Verdict, *wanted: str) -> bool:
    """Whether the member may do it and the caller has the scopes."""
    return bool(verdict) and identity.scopes() >= set(wanted)


def for_post(actor: Member | None, post: Post) -> tuple[str, ...]:
    """The scopes for changing a post; another member's post needs `moderate`."""
    return OWN if actor is not None and post.author_id == actor.id else MODERATE


def for_title(actor: Member | None, thread: Thread) -> tuple[str, ...]:
    """The scopes for changing a title; another member's thread needs `moderate`."""
    return OWN if actor is not None and thread.starter_id == actor.id else MODERATE


def for_reply(thread: Thread) -> tuple[str, ...]:
    """The scopes for replying; a locked thread needs `moderate`."""
    return MODERATE if thread.is_locked else OWN
