"""What a place to keep presence and views must be able to do; two such are interchangeable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from forum.presence.rules import Place


@dataclass(frozen=True)
class Heartbeat:
    """A sign of life: who (a letter for the kind and a number or a hash) is where, in which tab, and when."""

    place: Place
    visitor: str
    tab: str
    seen_at: float
    member_id: int = 0
    was: str = ""  # the guest that a member was in this tab before

    @property
    def kind(self) -> str:
        """Member, guest or robot."""
        return self.visitor[0]


@dataclass(frozen=True)
class View:
    """A guest's look at a thread, and when it was."""

    thread_id: int
    visitor: str
    now: float


@dataclass(frozen=True)
class Counts:
    """Who is in a place, the members by their numbers, the latest first; and what it knows of the one who asks."""

    member_ids: tuple[int, ...] = ()
    guests: int = 0
    robots: int = 0
    has_me: bool = False
    seen_at: float = 0.0  # when my tab last gave a sign of life there


class PresenceStore(Protocol):
    """Keeps who is where; every call is whole or not at all, over all processes."""

    def day_key(self, day: str) -> bytes:
        """The key by which guests are known on a day: random, the same for all processes; older ones are destroyed."""

    def tally(self, mark: Heartbeat, since: float) -> Counts:
        """Who gave a sign of life in the mark's place since a moment."""

    def touch(self, mark: Heartbeat, since: float) -> bool:
        """Note a sign of life; False if there is no room for a new guest or robot."""

    def touch_all(self, marks: Sequence[Heartbeat], since: float) -> None:
        """Note signs of life of guests and robots in pages without script, as far as there is room."""

    def leave(self, place: Place, visitor: str, tab: str) -> None:
        """Forget a tab, and the page without one."""

    def forget(self, visitor: str) -> None:
        """Forget all pages without script of a visitor."""

    def purge(self, since: float) -> None:
        """Remove who gave no sign of life since a moment."""


class ViewStore(Protocol):
    """Keeps which visitor's view of a thread was counted when, and what is still owed to the threads' counts."""

    def count(self, thread_id: int, visitor: str, now: float) -> bool:
        """Note a view if the visitor's last counted one is old enough; whether it counted."""

    def count_all(self, views: Sequence[View]) -> None:
        """Note views of guests, each as `count` does."""

    def owed(self) -> Mapping[int, int]:
        """Views by thread that no batch holds yet."""

    def make_batch(self, after: int) -> None:
        """Move what is owed into a batch whose number is higher than `after` and than every earlier one."""

    def batches(self) -> Mapping[int, Mapping[int, int]]:
        """Batches by number: views by thread."""

    def drop_batches(self, up_to: int) -> None:
        """Remove the batches that have arrived."""

    def purge_views(self, before: float) -> None:
        """Forget views counted before a moment of which nothing is owed."""
