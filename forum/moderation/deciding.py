"""Decide about an item of the queue, whether a post or somebody who wants to join waits."""

from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.models import Member
from forum.moderation import applicants, queue

ASK = "ask"  # the decision to hold an account and ask


def decide(actor: Member, item_id: int, *, decision: str, reason: str = "", revision: int | None = None) -> bool:
    """Decide about an item; whether it was about an account. Raises Conflict, Invalid, NotFound."""
    applicant = applicants.find_case(actor, item_id)
    if applicant is not None:
        applicants.decide(actor, applicant, decision=decision, reason=reason)
        return True
    item = queue.find(actor, item_id)
    if decision == ASK:
        raise Invalid({"decision": [say("Only people who want to join can be asked.")]})
    queue.decide(actor, item, decision=decision, reason=reason, revision=revision)
    return False


def reopen(actor: Member, item_id: int) -> None:
    """Let wait again what was decided by mistake; an account that was approved does not."""
    applicant = applicants.find_case(actor, item_id)
    if applicant is not None:
        applicants.reopen(actor, applicant)
    else:
        queue.reopen(actor, queue.find(actor, item_id))
