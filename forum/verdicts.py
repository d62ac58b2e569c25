"""Verdicts: whether somebody may do something, and the refusal shown if not."""

from dataclasses import dataclass

from forum.infra.errors import Conflict, Forbidden, ForumError, NotFound, NotLoggedIn, TwoFactorRequired
from forum.infra.text.messages import say
from forum.models import Member
from forum.site.terms import TermsNotAccepted


@dataclass(frozen=True)
class Verdict:
    """Allowed, or denied with the refusal to raise."""

    refusal: ForumError | None = None

    def __bool__(self) -> bool:
        return self.refusal is None


YES = Verdict()
HIDDEN = Verdict(NotFound())
GUEST = Verdict(NotLoggedIn(say("You must log in or register to reply here.")))
MUST_LOG_IN = Verdict(NotLoggedIn())
TERMS_FIRST = Verdict(TermsNotAccepted(say("The terms of use have changed. Accept them before you go on.")))
BANNED = Verdict(Forbidden(say("Your account is banned.")))
AWAITING = Verdict(Forbidden(say("Your registration waits for approval. Until then you can read what guests read.")))
BEING_DELETED = Verdict(Forbidden(say("This board is being deleted.")))
BEING_MERGED = Verdict(
    Conflict(say("This thread is being merged, split or deleted for good. Try again in a few minutes."))
)
CLOSED = Verdict(Forbidden(say("This board is closed: only its moderators write here.")))
STAFF_ONLY = Verdict(Forbidden(say("Only moderators can do this.")))
ADMINS_ONLY = Verdict(Forbidden(say("Only admins can do this.")))
NO_REPLY = Verdict(Forbidden(say("You cannot reply in this board.")))
NO_START = Verdict(Forbidden(say("You cannot start threads in this board.")))
TWO_FACTOR = Verdict(TwoFactorRequired())


def standing(member: Member) -> Verdict:
    """Whether a member may do anything but read: neither banned nor waiting to be approved."""
    if member.is_banned:
        return BANNED
    return YES if member.awaits_approval_at is None else AWAITING
