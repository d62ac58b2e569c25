"""What members read of their conversations. Nobody else reads any of it here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import ColumnElement, Select, and_, collate, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload

from forum.conversations import rules
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import on_sqlite, session
from forum.infra.database.in_list import in_list
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page, page_of, positions_on
from forum.models import Conversation, ConversationMember, ConversationMessage, Member
from forum.models.members.member import with_member_name

LISTS = ("all", "unread", "starred")


@dataclass(frozen=True)
class ConversationRow:
    """A conversation in a member's list."""

    conversation: Conversation
    is_unread: bool
    is_starred: bool
    last: ConversationMessage | None
    others: tuple[Member, ...]  # who are in it, without the member


def find(actor: Member, conversation_id: int) -> ConversationMember:
    """The actor's part in a conversation that they are in, with the conversation. Raises NotFound."""
    mine = session.scalars(
        select(ConversationMember)
        .join(ConversationMember.conversation)
        .where(ConversationMember.conversation_id == conversation_id, *_is_mine(actor))
        .options(contains_eager(ConversationMember.conversation))
    ).one_or_none()
    if mine is None:
        raise NotFound
    return mine


def _is_mine(actor: Member) -> tuple[ColumnElement[bool], ...]:
    return ConversationMember.member_id == actor.id, ConversationMember.left_at.is_(None)


def members_of(conversation_id: int) -> list[ConversationMember]:
    """Who is in a conversation, first those who have been in it longest."""
    rows = select(ConversationMember).where(
        ConversationMember.conversation_id == conversation_id, ConversationMember.left_at.is_(None)
    )
    order = (ConversationMember.joined_at, ConversationMember.member_id)
    return list(session.scalars(rows.order_by(*order).options(with_member_name(ConversationMember.member))))


def on_page(actor: Member, number: int, *, show: str = LISTS[0]) -> tuple[list[ConversationRow], Page]:
    """A page of the actor's conversations, the latest first. Raises NotFound past the end."""
    mine = _mine(actor, show)
    page = bounded_count(number, mine.with_only_columns(Conversation.id), most=rules.LIST_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    latest = mine.order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
    parts = list(session.scalars(latest.offset(page.offset).limit(page.size)))
    return _rows(actor, parts), page


def _mine(actor: Member, show: str) -> Select[ConversationMember]:
    mine = select(ConversationMember).join(ConversationMember.conversation).where(*_is_mine(actor))
    mine = mine.options(contains_eager(ConversationMember.conversation))
    if show == "unread":
        return mine.where(ConversationMember.read_position < Conversation.last_position)
    return mine.where(ConversationMember.is_starred) if show == "starred" else mine


def _rows(actor: Member, parts: list[ConversationMember]) -> list[ConversationRow]:
    ids = [part.conversation_id for part in parts]
    last, others = _last_messages(ids), _others(actor, ids)
    return [
        ConversationRow(
            part.conversation,
            part.read_position < part.conversation.last_position,
            part.is_starred,
            last.get(part.conversation_id),
            tuple(others.get(part.conversation_id, ())),
        )
        for part in parts
    ]


def _last_messages(ids: Collection[int]) -> Mapping[int, ConversationMessage]:
    is_last = and_(
        ConversationMessage.conversation_id == Conversation.id,
        ConversationMessage.position == Conversation.last_position,
    )
    rows = select(ConversationMessage).join(Conversation, is_last).where(Conversation.id.in_(ids))
    rows = rows.options(with_member_name(ConversationMessage.author))
    return {row.conversation_id: row for row in session.scalars(rows)} if ids else {}


def _others(actor: Member, ids: Collection[int]) -> Mapping[int, list[Member]]:
    found: dict[int, list[Member]] = {}
    rows = select(ConversationMember).where(
        ConversationMember.conversation_id.in_(ids),
        ConversationMember.left_at.is_(None),
        ConversationMember.member_id != actor.id,
    )
    rows = rows.order_by(ConversationMember.joined_at, ConversationMember.member_id)
    for row in session.scalars(rows.options(with_member_name(ConversationMember.member))) if ids else ():
        found.setdefault(row.conversation_id, []).append(row.member)
    return found


def page_of_messages(conversation: Conversation, number: int) -> Page:
    """A page of a conversation's positions. Raises NotFound past the end."""
    page = Page(number, conversation.last_position)
    if not 1 <= number <= page.count:
        raise NotFound
    return page


def messages_on_page(conversation: Conversation, number: int) -> list[ConversationMessage]:
    """The messages and events of a page, by position."""
    return messages_between(conversation.id, *positions_on(number))


def messages_between(conversation_id: int, first: int, last: int) -> list[ConversationMessage]:
    """The messages and events at some positions of a conversation, for those who may read it."""
    rows = select(ConversationMessage).where(
        ConversationMessage.conversation_id == conversation_id, ConversationMessage.position.between(first, last)
    )
    card = joinedload(ConversationMessage.author).load_only(*Member.card(), Member.joined_groups)
    loaded = rows.options(card, with_member_name(ConversationMessage.about))
    return list(session.scalars(loaded.order_by(ConversationMessage.position)))


def find_message(actor: Member, conversation_id: int, position: int) -> ConversationMessage:
    """A message in a conversation that the actor is in. Raises NotFound."""
    conversation = find(actor, conversation_id).conversation
    found = messages_between(conversation.id, position, position)
    if not found:
        raise NotFound
    found[0].conversation = conversation
    return found[0]


def find_message_by_id(actor: Member, message_id: int) -> ConversationMessage:
    """A message by its id, in a conversation that the actor is in. Raises NotFound."""
    at = select(ConversationMessage.conversation_id, ConversationMessage.position)
    found = session.execute(at.where(ConversationMessage.id == message_id)).one_or_none()
    if found is None:
        raise NotFound
    return find_message(actor, found.conversation_id, found.position)


def address_at(conversation: Conversation, position: int) -> str:
    """The address of a position: its page and its anchor."""
    number = page_of(position)
    return f"{conversation.path}{f'?page={number}' if number > 1 else ''}#message-{position}"


def unread_address(mine: ConversationMember) -> str:
    """Where a member continues to read: at the first message that they have not read, else at the last."""
    return address_at(mine.conversation, min(mine.read_position + 1, mine.conversation.last_position))


def who_has_read(
    conversation: Conversation, members: list[ConversationMember], *, but: Collection[int]
) -> list[Member]:
    """Who of some members has read a conversation to its end, without those with the ids `but`."""
    return [
        each.member
        for each in members
        if each.read_position >= conversation.last_position and each.member_id not in but
    ]


@dataclass(frozen=True)
class Hit:
    """A conversation or a message that was found."""

    conversation: Conversation
    message: ConversationMessage | None


def search(actor: Member, text: str) -> list[Hit]:
    """The actor's conversations by title, and the newest messages in them, that have all words of a text."""
    words = text.split()[: rules.MAX_WORDS]
    if not words:
        return []
    mine = _mine(actor, LISTS[0])
    titled = mine.where(*(_has(Conversation.title, word) for word in words))
    titled = titled.order_by(Conversation.last_message_at.desc()).limit(rules.MAX_HITS)
    hits = [Hit(part.conversation, None) for part in session.scalars(titled)]
    message = ConversationMessage
    ids = _messages_with(words, mine, most=rules.MAX_HITS - len(hits))
    found = select(message).where(message.id.in_(ids)).order_by(message.id.desc())
    loaded = found.options(joinedload(message.conversation), with_member_name(message.author))
    return hits + [Hit(each.conversation, each) for each in (session.scalars(loaded) if ids else ())]


def _messages_with(words: list[str], mine: Select[ConversationMember], *, most: int) -> list[int]:
    """The ids of the newest messages with all words, among the last of the conversations.

    The newest are looked through first, as most words are found there. Their ids are passed on: PostgreSQL would else
    look through the messages of all members, from the newest on, until it has enough.
    """
    message = ConversationMessage
    last = (
        select(message.id)
        .where(message.conversation_id.in_(mine.with_only_columns(Conversation.id)), message.event == "")
        .order_by(message.conversation_id.desc(), message.position.desc())
        .limit(rules.MAX_SEARCHED_MESSAGES)
    )
    ids = sorted(session.scalars(last), reverse=True) if most > 0 else []
    found: list[int] = []
    for first, end in pairwise(rules.SEARCHED_AT_ONCE):
        if len(found) < most and (part := ids[first:end]):
            has = (_has(message.source, word) for word in words)
            found += sorted(session.scalars(select(message.id).where(in_list(message.id, part), *has)), reverse=True)
    return found[:most]


def _has(column: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    """Whether a text has a word, in the usual cases of its letters: only those of ASCII are folded, which is fast."""
    forms = {_ascii_lower(form) for form in (word, word.lower(), word.upper(), word.capitalize())}
    text = column if on_sqlite() else func.lower(collate(column, "C"))  # LIKE of SQLite folds them itself
    return or_(*(text.contains(form, autoescape=True) for form in sorted(forms)))


def _ascii_lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)
