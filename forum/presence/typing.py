"""Members who are writing a reply at this moment, as the readers of its thread see them."""

from collections import defaultdict

from forum.infra import clock
from forum.models import Member
from forum.presence.rules import WRITING_SECONDS
from forum.presence.state import query_store, state


def note(thread_id: int, member: Member, *, is_over: bool = False) -> None:
    """Record that a member writes, or has stopped; nothing is recorded of who is hidden in lists of viewers."""
    if member.is_hidden:
        return
    here = state.here()
    if is_over:
        query_store(lambda: here.presence.stop_writing_in(thread_id, member.id), None)
    else:
        now = clock.now().timestamp()
        query_store(lambda: here.presence.write_in(thread_id, member.id, now), None)
    here.changes += 1


def writers() -> dict[int, list[int]]:
    """The ids of the members who are writing, by thread; one query for all threads."""
    since = clock.now().timestamp() - WRITING_SECONDS
    rows: list[tuple[int, int]] = query_store(lambda: state.here().presence.writers(since), [])
    found = defaultdict[int, list[int]](list)
    for thread_id, member_id in rows:
        found[thread_id].append(member_id)
    return found
