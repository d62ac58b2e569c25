"""The readers of open pages: who they are, and who sees the same as others."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from forum.members.credentials import sessions
from forum.models import Member, MemberSession
from forum.permissions import lacks_two_factor
from forum.relations.queries import ignored_by
from forum.site.group_membership import GUEST_GROUPS, groups_of
from forum.site.queries import snapshot
from forum.site.terms import must_accept_terms

READERS_A_QUERY = 500


class View(NamedTuple):
    """What a reader's view of a page depends on, besides their own posts and reactions."""

    groups: frozenset[int]
    is_alone: bool  # muted, or to accept the terms first, or ignoring somebody: nobody else surely sees the same


GUEST_VIEW = View(GUEST_GROUPS, is_alone=False)


@dataclass(eq=False, slots=True)
class Reader:
    """An open page: whose it is, what it shows, and how new that is."""

    token_hash: str = ""  # of the login; empty for a guest
    thread_id: int = 0
    page: int = 1
    version: int = 0  # of the thread, as the page shows it
    after: int = 0  # the last position that the page knows of
    conversation_id: int = 0
    board_id: int | None = None  # whose threads the page lists; 0: those of the whole forum
    since: float = 0.0  # when that page was made, in seconds since 1970
    new_threads: int = 0  # as last told
    member_id: int = 0
    state: tuple[Any, ...] = ()
    view: View | None = None  # None until the first check
    ignored: frozenset[int] = frozenset()
    unseen: int = 0  # notifications, as counted in the member's row
    unseen_told: int = 0  # the same when the number on the bell was last told
    viewers: int = 0  # hash of the viewers last told
    typing: int = 0  # hash of the names last told

    @property
    def is_guest(self) -> bool:
        """Whether nobody is logged in."""
        return not self.token_hash


class Checked(NamedTuple):
    """Readers whose login has ended, and those who are new or whose rights may have changed."""

    gone: set[Reader]
    changed: set[Reader]


def check(readers: Collection[Reader]) -> Checked:
    """Bring up to date who the readers are: a query for each few hundred."""
    checked, version = Checked(set(), set()), snapshot().version
    by_token = defaultdict[str, list[Reader]](list)
    for reader in readers:
        if not reader.is_guest:
            by_token[reader.token_hash].append(reader)
        elif reader.state != (version,):
            reader.view, reader.state = GUEST_VIEW, (version,)
            checked.changed.add(reader)
    tokens = list(by_token)
    for start in range(0, len(tokens), READERS_A_QUERY):
        found = sessions.login_states(tokens[start : start + READERS_A_QUERY])
        for token_hash in tokens[start : start + READERS_A_QUERY]:
            _renew(by_token[token_hash], found.get(token_hash), version, checked)
    return checked


def _renew(readers: list[Reader], state: sessions.LoginState | None, version: int, checked: Checked) -> None:
    """Take over what a login's row says."""
    if state is None:
        checked.gone.update(readers)
        return
    now = (version, *state.member)
    for reader in readers:
        reader.unseen = state.unseen
        if reader.state == now:
            continue
        member = state.as_member()
        reader.view, reader.ignored = _view_of(member), ignored_by(member)
        reader.member_id, reader.state = member.id, now
        checked.changed.add(reader)


def member_of(reader: Reader) -> Member | None:
    """The reader as they are now; None for a guest, and if the login has ended or shows somebody else's view."""
    login: MemberSession | None = sessions.find_by_hash(reader.token_hash) if reader.token_hash else None
    return login.member if login is not None and login.view_as is None else None


def _view_of(member: Member) -> View:
    is_alone = member.is_muted or must_accept_terms(member) or lacks_two_factor(member) or bool(ignored_by(member))
    return View(groups_of(member), is_alone=is_alone or member.awaits_approval_at is not None)
