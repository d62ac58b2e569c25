"""Judges the delivery trial: all that was promised is there, and nothing twice but what no sender can prevent."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select

from benchmarks.assertions import Assertions
from benchmarks.delivery_people import People, Written
from benchmarks.delivery_servers import Arrival
from forum.infra.database.db import session
from forum.models import Member, Notification, Post
from forum.notifications.bulk import KINDS, further_of
from forum.notifications.queries import rows_of, unseen_count

BEFORE_A_KILL = 3.0  # seconds in which a sender that is killed may not yet have stored that something was accepted


def _rows_of(member: Member) -> int:
    """How many rows the pages of a member's notifications have."""
    _, page = rows_of(member)
    return sum(len(rows_of(member, number)[0]) for number in range(1, page.count + 1))


class Judge:
    """Compares what was acknowledged with what members were told and what has arrived."""

    def __init__(self, assertions: Assertions, database: str, people: People, written: Written) -> None:
        self._assertions, self._database, self._people, self._written = assertions, database, people, written
        self._promised = len(people.watchers) * len(written.replies)

    def acknowledged(self, left: int) -> None:
        """Everything that was written was acknowledged in the end, and everything was sent."""
        threads, replies = len(self._written.replies), sum(self._written.replies.values())
        words = f"{threads} threads, {replies} replies acknowledged, {left} messages left in the queues"
        self._hold(
            "written", words, is_kept=threads == len(self._people.boards) and not self._written.given_up and not left
        )

    def notifications(self) -> None:
        """Each watcher has one notification of each thread, which counts its replies, and as many on the bell."""
        faults = []
        for member_id in self._people.watchers:
            theirs = select(Notification, Post.thread_id).join(Post, Post.id == Notification.post_id)
            theirs = theirs.where(Notification.member_id == member_id, Notification.kind.in_(KINDS))
            found = sorted((thread_id, further_of(each)) for each, thread_id in session.execute(theirs))
            if found != sorted(self._written.replies.items()):
                faults.append(f"member {member_id}: {found}")
            member = session.get_one(Member, member_id)
            if unseen_count(member) != _rows_of(member) or member.unseen_notifications != len(found):
                faults.append(f"the bell of member {member_id}")
        told = session.scalar(select(func.count()).where(Notification.kind.in_(KINDS)))
        words = f"{told} of {self._promised}, all replies counted in them; {'; '.join(faults[:3]) or 'none twice'}"
        self._hold("notifications", words, is_kept=not faults and told == self._promised)

    def arrived(self, name: str, arrivals: Sequence[Arrival], to: Sequence[str], kills: Sequence[float]) -> None:
        """Each message has arrived at each recipient once, or again after a kill in the moment of its acceptance."""
        moments: dict[tuple[str, str], list[float]] = defaultdict(list)
        for each in arrivals:
            moments[each.to, each.identity].append(each.moment)
        again = [earlier for times in moments.values() for earlier in sorted(times)[:-1]]
        unexplained = [each for each in again if not any(0 <= kill - each <= BEFORE_A_KILL for kill in kills)]
        numbers = [sum(key[0] == one for key in moments) for one in to]
        words = (
            f"{len(moments)} of {self._promised}, {len(again)} of them again after a kill between acceptance and"
            f" commit, {len(unexplained)} otherwise"
        )
        is_kept = not unexplained and len(moments) == self._promised
        self._hold(name, words, is_kept=is_kept and numbers == [len(self._written.replies)] * len(to))

    def _hold(self, name: str, words: str, *, is_kept: bool) -> None:
        self._assertions.hold(f"{self._database}: {name}", words, is_kept=is_kept)
