"""The member whose name was typed into a form."""

from collections.abc import Callable

from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.members.queries import member_by_name
from forum.models import Member
from forum.verdicts import Verdict


def named_member(name: str, verdict_on: Callable[[Member], Verdict]) -> Member:
    """The member with a name whom the actor may choose. Raises Invalid with the reason at the field."""
    member = member_by_name(name) if name else None
    if member is None:
        raise Invalid({"username": [say("There is no member with this name.") if name else say("Enter a name.")]})
    if (refusal := verdict_on(member).refusal) is not None:
        raise Invalid({"username": [refusal.message]})
    return member
