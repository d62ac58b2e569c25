"""Open conversations: their members are told that something changed, and fetch it; who left is told no more."""

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Conversation, ConversationMember
from forum.web.live.events import Told, end, event, mark_of
from forum.web.live.readers import Reader

WITHIN_SECONDS = 0.7  # in which the members fetch what changed besides new messages, which they fetch at once


def tell_conversations(readers: Collection[Reader]) -> Told:
    """Which conversations have changed; one query for all."""
    theirs = [reader for reader in readers if reader.conversation_id and reader.view is not None]
    if not theirs:
        return []
    rows = (
        select(ConversationMember, Conversation.last_position, Conversation.version)
        .join(ConversationMember.conversation)
        .where(ConversationMember.left_at.is_(None))
        .where(in_list(Conversation.id, list({reader.conversation_id for reader in theirs})))
    )
    members, shown = defaultdict[int, list[ConversationMember]](list), dict[int, tuple[int, int]]()
    for member, last_position, version in session.execute(rows.execution_options(populate_existing=True)):
        members[member.conversation_id].append(member)
        shown[member.conversation_id] = last_position, version
    states = {one: (shown[one][0], state_mark(shown[one][1], members[one])) for one in shown}
    told: Told = []
    for reader in theirs:
        if reader.member_id not in {member.member_id for member in members[reader.conversation_id]}:
            told.append((reader, end()))
            continue
        position, mark = states[reader.conversation_id]
        if (position, mark) != (reader.after, reader.version):
            reader.after, reader.version = position, mark
            told.append(
                (reader, event("stale", {"last": position, "within": WITHIN_SECONDS}, mark=mark_of(mark, position)))
            )
    return told


def state_mark(version: int, members: Iterable[ConversationMember]) -> int:
    """A number of at most nine digits that changes with what a conversation shows, also who has read it."""
    read = sorted((member.member_id, member.read_position) for member in members)
    return zlib.crc32(repr((version, read)).encode()) % 10**9
