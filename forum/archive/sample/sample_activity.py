"""Activity of a sample's members, concentrated on few: reactions, edits, read marks and notifications."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

Fields = dict[str, Any]
REACTED_TO, ALPHA, MAX_REACTIONS = (
    0.12,
    1.6,
    40,
)  # share of posts with reactions; Pareto shape and maximum of their number
EDITED, EDITED_AFTER = 0.03, timedelta(minutes=5)  # share of posts
ACTIVE = 10  # one in so many members, the most talkative, has read marks and notifications
TOLD_SHARE, UNREAD_AGE = (
    0.2,
    timedelta(days=7),
)  # share of possible notifications that are sent; younger ones are unread
READ_TO_THE_END = 0.6  # share of read marks


class SampleActivity:
    """Generates activity, reproducible for the same seed and posts; `members` is all members, most talkative first."""

    def __init__(self, chance: random.Random, members: range, kinds: Sequence[int], now: datetime) -> None:
        self.chance, self.members, self.kinds, self.now = chance, members, kinds, now
        self.active = members[: len(members) // ACTIVE + 1]

    def reactions(self, post: Fields) -> list[Fields]:
        """Reactions to a post: most posts get none, a few get many."""
        chance, members, kinds = self.chance.random, self.members, self.kinds
        if not kinds or chance() >= REACTED_TO:
            return []
        many = min(MAX_REACTIONS, int(self.chance.paretovariate(ALPHA)))
        reacting = dict.fromkeys(members[int(len(members) * chance())] for _ in range(many))
        reacting.pop(post["author_id"], None)
        known = {"post_id": post["id"], "created_at": post["created_at"]}
        return [{"member_id": member, "kind_id": kinds[int(len(kinds) * chance() ** 3)]} | known for member in reacting]

    def edits(self, post: Fields) -> list[Fields]:
        """Revisions of a post, whose edit fields are set accordingly."""
        if self.chance.random() >= EDITED:
            return []
        moment, author = min(self.now, post["created_at"] + EDITED_AFTER), post["author_id"]
        post.update(edited_at=moment, editor_id=author, revision_count=1)
        before = post["source"].partition(" ")[2]
        return [{"post_id": post["id"], "number": 1, "source": before, "replaced_at": moment, "editor_id": author}]

    def marks(self, thread: Fields, readers: Sequence[int]) -> Iterator[Fields]:
        """Read marks of the active readers of a thread."""
        last, moment = thread["last_position"], thread["last_posted_at"]
        for member in dict.fromkeys(reader for reader in readers if reader in self.active):
            position = last if self.chance.random() < READ_TO_THE_END else self.chance.randint(1, last)
            yield {"member_id": member, "thread_id": thread["id"], "position": position, "read_at": moment}

    def notifications(self, post: Fields, reactions: Sequence[Fields], starter: int) -> Iterator[Fields]:
        """Notifications of active members about a post and the reactions to it."""
        author = post["author_id"]
        if starter != author and self._is_told(starter):
            yield self._notification("reply", starter, post, author)
        for reaction in reactions:
            if self._is_told(author):
                yield self._notification("reaction", author, post, reaction["member_id"])

    def _is_told(self, member: int) -> bool:
        return member in self.active and self.chance.random() < TOLD_SHARE

    def _notification(self, kind: str, member: int, post: Fields, actor: int) -> Fields:
        moment = post["created_at"]
        read_at = None if moment > self.now - UNREAD_AGE else moment
        fields = {"kind": kind, "member_id": member, "post_id": post["id"], "actor_id": actor}
        subject_type = "reaction" if kind == "reaction" else "post"
        fields |= {"subject_type": subject_type, "subject_id": post["id"]}
        fields["group_key"] = f"{kind}:{subject_type}:{post['id']}" if kind == "reaction" else kind
        return fields | {"created_at": moment, "seen_at": read_at, "read_at": read_at}
