"""What somebody may do in a board, and why: the verdict itself, the access list that counts, and the entry or state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from forum import permissions
from forum.infra.text.messages import Message, say
from forum.members.bans.thread_bans import threads_closed_to
from forum.members.signup import signs
from forum.members.signup.newcomers import until_known
from forum.models import Board, BuiltInGroup, Group, Member, Right, Sanction, Thread
from forum.site.access import AccessList, acts_of
from forum.site.group_membership import groups_of
from forum.site.mutes import board_of, mute_in
from forum.site.queries import snapshot
from forum.site.terms import must_accept_terms
from forum.verdicts import BEING_DELETED, CLOSED, TWO_FACTOR, Verdict

Act = Literal["see", "reply", "start", "moderate"]
ACTS: tuple[Act, ...] = ("see", "reply", "start", "moderate")
_VERDICTS = {
    "see": permissions.may_see_board,
    "reply": permissions.may_reply_in,
    "start": permissions.may_start_thread,
    "moderate": permissions.may_moderate_in,
}


_STATES_OF_BOARD = (
    (CLOSED, say("The board is closed: only its moderators write there.")),
    (BEING_DELETED, say("The board is being deleted.")),
)


@dataclass(frozen=True)
class Explained:
    """Whether somebody may do something in a board, and the reason."""

    act: Act
    verdict: Verdict
    because: Message

    @property
    def is_allowed(self) -> bool:
        """Whether they may do it."""
        return bool(self.verdict)


@dataclass(frozen=True)
class Explanation:
    """What somebody may do in a board, with the list that counts and the groups they are in.

    `owner` is the title of the board whose list it is, empty for the list of boards that have none. `limits` are those
    of new members, and why their posts wait.
    """

    acts: tuple[Explained, ...]
    entries: AccessList
    owner: str
    groups: frozenset[int]
    limits: tuple[Message, ...] = ()
    banned_from: tuple[tuple[Thread, Sanction], ...] = ()  # threads of the board


def explain(member: Member | None, board: Board, groups: Mapping[int, Group]) -> Explanation:
    """What a member, or with None a guest, may do in a board; `groups` are all groups by id."""
    counting = snapshot().access.counting_for(board.id)
    acts = []
    for act in ACTS:
        verdict = _VERDICTS[act](member, board)
        because = _why(member, board, act, groups) if verdict else _why_not(member, board, act, verdict)
        acts.append(Explained(act, verdict, because))
    owner = counting.owner.title if counting.owner else ""
    banned_from = tuple(threads_closed_to(member, board.id)) if member else ()
    limits = _limits_of(member, board)
    return Explanation(tuple(acts), counting.entries, owner, groups_of(member), limits, banned_from)


_ALL_WAIT = say("Their first posts wait for approval, because of their registration or by a moderator.")
_FINE_PASSES = say(
    "Their first posts wait for approval unless the spam filter finds them fine, as many registered at the same time."
)


def _limits_of(member: Member | None, board: Board) -> tuple[Message, ...]:
    """The limits of a new member in a board, and what lifts them."""
    missing = until_known(member) if member is not None else None
    if member is None or permissions.has_right(member, Right.POST_WITHOUT_LIMITS):
        return ()
    found = []
    if missing is not None:
        site = snapshot()
        words = say(
            "They count as new: a post of theirs has at most %(links)d links, %(pictures)d pictures and %(mentions)d"
            " mentions. What is missing until they do not:",
            links=site.new_member_links,
            pictures=site.new_member_pictures,
            mentions=site.new_member_mentions,
        )
        found += [words, missing]
    if not permissions.may_see_hidden(member, board.id) and (hold := signs.hold_of(member)):
        found.append(_FINE_PASSES if hold.lets_fine_pass else _ALL_WAIT)
    return tuple(found)


def _why(member: Member | None, board: Board, act: Act, groups: Mapping[int, Group]) -> Message:
    mine = groups_of(member)
    if BuiltInGroup.ADMINS in mine:
        return say("Admins may do everything.")
    entries = snapshot().access.counting_for(board.id).entries
    own_only = act == "see" and board.id in permissions.scope_of(member).own_only
    # if several entries allow it, the one of the group that was created last
    group_id = max(entry.group_id for entry in entries if act in acts_of((entry,), mine))
    title = groups[group_id].title
    if own_only:
        return say("The list allows it to the group “%(group)s”, but only the threads that they started.", group=title)
    return say("The list allows it to the group “%(group)s”.", group=title)


def _state(member: Member, board: Board, verdict: Verdict) -> Message | None:
    """The state of a member that denies something, whatever the lists say."""
    if member.is_banned:
        return say("They are banned. The banned have the rights of guests.")
    if verdict is TWO_FACTOR:
        return say("They must set up two-factor authentication first.")
    mute = mute_in(member, board.id) if board.id in permissions.scope_of(member).see else None
    if mute is None:
        return None
    where = snapshot().tree.get(board_of(mute))
    return say("They are muted in “%(board)s”.", board=where.title) if where else say("They are muted everywhere.")


def _why_not(member: Member | None, board: Board, act: Act, verdict: Verdict) -> Message:
    see, above = permissions.scope_of(member).see, snapshot().access.tree.ancestors_of(board.id)[:-1]
    hidden = next((each for each in above if each.id not in see), None)
    state = _state(member, board, verdict) if member else None
    if state is not None:
        return state
    if hidden is not None:
        return say("They cannot see “%(title)s”, which contains this board.", title=hidden.title)
    if member is None and board.id in see:
        return say("Guests must log in or register first.")
    if act != "see" and must_accept_terms(member):
        return say("They have not accepted the current terms of use yet.")
    if act == "start" and board.is_category:
        return say("Categories cannot hold threads.")
    no_entry = say("No entry of the list allows it to a group they are in.")
    return next((words for known, words in _STATES_OF_BOARD if verdict == known), no_entry)
