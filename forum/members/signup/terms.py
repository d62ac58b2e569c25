"""Accept the terms of use."""

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict
from forum.infra.text.messages import say
from forum.models import Member
from forum.site.queries import follow_database, snapshot


def accept_terms(actor: Member, version: int) -> None:
    """Store that the actor has accepted a version of the terms. Raises Conflict if they have changed since."""
    follow_database()
    if version != snapshot().terms_version:
        raise Conflict(say("The terms have changed again meanwhile. Read them once more."))
    note_acceptance(actor)
    session.flush()


def note_acceptance(member: Member) -> None:
    """Note on a member that they accept the current terms, unless they have done so before."""
    version = snapshot().terms_version
    if member.accepted_terms_at is None or member.accepted_terms_version < version:
        member.accepted_terms_version, member.accepted_terms_at = version, clock.now()
