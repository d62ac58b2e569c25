"""The protocols of presence and view stores, with interchangeable backends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from forum.presence.rules import Place


@dataclass(frozen=True)
class Heartbeat:
    """Who (a letter for the kind, then an id or a hash) was where, in which tab, and when."""

    place: Place
    visitor: str
    tab: str
    seen_at: float
    member_id: int = 0
    previous_visitor: str = ""  # the guest as which the member was counted in this tab before

    @property
    def kind(self) -> str:
        """Member, guest or robot."""
        return self.visitor[0]


@dataclass(frozen=True)
class View:
    """A visitor's view of a thread, and its time."""

    thread_id: int
    visitor: str
    now: float


@dataclass(frozen=True)
class Counts:
    """The visitors in a place (member ids, latest first), and what is known of the requesting one."""

    member_ids: tuple[int, ...] = ()
    guests: int = 0
    robots: int = 0
    includes_caller: bool = False
    seen_at: float = 0.0  # last heartbeat of the requesting tab there


class PresenceStore(Protocol):
    """Stores who is where; every call is atomic across processes."""

    def day_key(self, day: str) -> bytes:
        """The random key that guests are hashed with on a day, shared by all processes; older keys are destroyed."""

    def tally(self, heartbeat: Heartbeat, since: float) -> Counts:
        """Count the visitors with a heartbeat in the same place after a time."""

    def touch(self, heartbeat: Heartbeat, since: float) -> bool:
        """Store a heartbeat; return False if the limit leaves no room for a new guest or robot."""

    def touch_all(self, heartbeats: Sequence[Heartbeat], since: float) -> None:
        """Store heartbeats of guests and robots in pages without JavaScript, up to the limits."""

    def leave(self, place: Place, visitor: str, tab: str) -> None:
        """Remove a visitor's tab, and their page without a tab id."""

    def forget(self, visitor: str) -> None:
        """Remove all of a visitor's pages without JavaScript."""

    def purge(self, since: float) -> None:
        """Remove visitors without a heartbeat after a time."""

    def write_in(self, thread_id: int, member_id: int, now: float) -> None:
        """Store that a member is writing a reply."""

    def stop_writing_in(self, thread_id: int, member_id: int) -> None:
        """Remove that again."""

    def writers(self, since: float) -> list[tuple[int, int]]:
        """Thread and member, of those who were writing after a time."""


class ViewStore(Protocol):
    """Stores when each visitor's view of a thread was counted, and the views not yet added to the threads' counts."""

    def count(self, thread_id: int, visitor: str, now: float) -> bool:
        """Count a view if the visitor's last counted one is old enough; return whether it counted."""

    def count_all(self, views: Sequence[View]) -> None:
        """Count views of guests, each like `count`."""

    def pending(self) -> Mapping[int, int]:
        """Views by thread that are not in a batch yet."""

    def make_batch(self, after: int) -> None:
        """Move pending views into a batch with a number above `after` and above every earlier one."""

    def batches(self) -> Mapping[int, Mapping[int, int]]:
        """Batches by number, each with views by thread."""

    def drop_batches(self, up_to: int) -> None:
        """Delete the batches that have been added to the threads."""

    def purge_views(self, before: float) -> None:
        """Delete views counted before a time, except pending ones."""
