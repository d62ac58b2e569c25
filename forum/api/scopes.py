"""What a token was made for: a browser's login may do all that its member may, a token only what its scopes say."""

from forum.api.problems import MissingScope
from forum.auth import identity
from forum.models import Member, Post, Thread
from forum.permissions import Verdict

OWN, MODERATE = ("write",), ("write", "moderate")


def require_scopes(*wanted: str) -> None:
    """Refuse a token that lacks a scope."""
    for scope in wanted:
        if scope not in identity.scopes():
            raise MissingScope(scope)


def allows(verdict: Verdict, *wanted: str) -> bool:
    """Whether the member may do a thing and came with what it takes."""
    return bool(verdict) and identity.scopes() >= set(wanted)


def for_post(actor: Member | None, post: Post) -> tuple[str, ...]:
    """The scopes that changing a post takes: what is another's takes a moderator's token."""
    return OWN if actor is not None and post.author_id == actor.id else MODERATE


def for_title(actor: Member | None, thread: Thread) -> tuple[str, ...]:
    """The scopes that changing a title takes: that of another's thread takes a moderator's token."""
    return OWN if actor is not None and thread.starter_id == actor.id else MODERATE


def for_reply(thread: Thread) -> tuple[str, ...]:
    """The scopes that replying takes: only moderators reply in a locked thread."""
    return MODERATE if thread.is_locked else OWN
