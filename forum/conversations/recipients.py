"""The members named in a form: whom a conversation is started with, or who are invited to one."""

from collections.abc import Collection

from forum.conversations import access, rules
from forum.infra.ephemeral.rate_limits import hit
from forum.infra.errors import Invalid, MessageText, TooSoon
from forum.infra.text.messages import say
from forum.members.queries import member_by_name
from forum.members.signup import newcomers
from forum.models import Member, Right
from forum.permissions import has_right
from forum.site.queries import snapshot


def find(actor: Member, names: str, *, present: Collection[int] = ()) -> list[Member]:
    """The members with these names. Raises Invalid at `to`, with a message for each name at fault.

    `present` are the ids of those who are in the conversation already. Who takes no conversations from the actor is
    refused in the same words, whatever the reason.
    """
    asked = rules.names_in(names)
    if not asked:
        raise Invalid({"to": [say("Enter the name of at least one member.")]})
    most = snapshot().conversation_members
    if len(asked) > most - max(1, len(present)):
        raise Invalid({"to": [say("A conversation can have at most %(num)d members.", num=most)]})
    found: dict[int, Member] = {}
    faults: list[MessageText] = []
    for name in asked:
        member = member_by_name(name)
        fault = _fault(actor, name, member, present)
        if fault is not None:
            faults.append(fault)
        elif member is not None:
            found[member.id] = member
    if faults:
        raise Invalid({"to": faults})
    return list(found.values())


def ids_of(names: str) -> set[int]:
    """The ids of the members with these names, whether they can be written to or not."""
    members = map(member_by_name, rules.names_in(names)[: rules.MAX_MEMBERS])
    return {member.id for member in members if member is not None}


def _fault(actor: Member, name: str, member: Member | None, present: Collection[int]) -> MessageText | None:
    if member is None:
        return say("There is no member “%(name)s”.", name=name)
    if member.id == actor.id:
        return say("You are in the conversation anyway. Enter only others.")
    if member.id in present:
        return say("%(name)s is in this conversation already.", name=member.username)
    if not access.accepts(member, actor):
        return say("%(name)s does not take part in conversations.", name=member.username)
    return None


def spend_start(actor: Member) -> None:
    """Count a conversation that is started. Raises TooSoon."""
    limits = (snapshot().conversations_per_day_new, snapshot().conversations_per_day)
    words = "You can start at most %(num)d conversations a day."
    _spend(actor, "conversations", limits, words)


def spend(actor: Member, members: Collection[Member]) -> None:
    """Count members whom the actor writes to or invites. Raises TooSoon."""
    limits = (snapshot().recipients_per_day_new, snapshot().recipients_per_day)
    words = "You can write to at most %(num)d members a day, or invite them."
    _spend(actor, "recipients", limits, words, cost=len(members))


def _spend(actor: Member, what: str, limits: tuple[int, int], words: str, *, cost: int = 1) -> None:
    if has_right(actor, Right.POST_WITHOUT_LIMITS):
        return
    of_new, of_others = limits
    most = of_new if newcomers.is_new(actor) else of_others
    if cost > most:
        raise Invalid({"to": [say(words, num=most)]})
    if wait := hit(f"{what}:{actor.id}", limit=most, seconds=rules.DAY_SECONDS, cost=cost):
        raise TooSoon(say(words, num=most), retry_after=wait)
