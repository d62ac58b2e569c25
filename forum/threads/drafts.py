"""Drafts: unposted text stored on the server."""

import re
from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select

from forum.infra import clock
from forum.infra.database.core_statements import execute_core, insert_into, table_of
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.models import Draft, GuestDraft, Member, Post
from forum.threads import rules

PLACE = re.compile(r"(?:board|thread|post|conversation|message):[0-9]{1,12}")
MAX_DRAFTS = 200  # drafts per member; beyond that the oldest is deleted


def place_of(post: Post) -> str:
    """The place of a draft of what a post was: of a thread if it is the first, else of a reply."""
    return f"board:{post.thread.board_id}" if post.position == 1 else f"thread:{post.thread_id}"


def save(actor: Member, *, place: str, title: str = "", body: str = "") -> None:
    """Store a draft for a place such as "thread:12"; empty text discards it. Raises Invalid for any other place."""
    if not PLACE.fullmatch(place):
        raise Invalid({"place": [say("Drafts cannot be saved here.")]})
    title, body = title[:200].replace("\0", ""), body[: rules.BODY_MAX * 2].replace("\0", "")
    if not title.strip() and not body.strip():
        discard(actor, place)
        return
    typed = {"title": title, "body": body, "updated_at": clock.now()}
    statement = insert_into(Draft).values(member_id=actor.id, place=place, **typed)
    session.execute(statement.on_conflict_do_update(index_elements=["member_id", "place"], set_=typed))
    _drop_oldest(actor)


def _drop_oldest(actor: Member) -> None:
    newest = select(Draft.place).where(Draft.member_id == actor.id).order_by(Draft.updated_at.desc()).limit(MAX_DRAFTS)
    session.execute(delete(Draft).where(Draft.member_id == actor.id, Draft.place.not_in(newest)))


_DRAFT = Draft.__table__.c
_DISCARD = delete(table_of(Draft)).where(_DRAFT.member_id == bindparam("member"), _DRAFT.place == bindparam("place"))


def discard(actor: Member, place: str) -> None:
    """Delete the draft at a place."""
    execute_core(_DISCARD, member=actor.id, place=place)


def discard_all(places: Iterable[str]) -> None:
    """Delete everybody's drafts for places that no longer exist, guests' too."""
    gone = list(places)
    for model in (Draft, GuestDraft):
        theirs = delete(model).where(in_list(model.place, gone))
        session.execute(theirs.execution_options(synchronize_session=False))


def move_all(origin: str, target: str) -> None:
    """Give everybody's drafts for a place to another, guests' too, after the text that they have there already."""
    for draft in session.scalars(select(Draft).where(Draft.place == origin)).all():
        _move(draft, session.get(Draft, (draft.member_id, target)), target)
    for text in session.scalars(select(GuestDraft).where(GuestDraft.place == origin)).all():
        _move(text, session.get(GuestDraft, (text.token_hash, target)), target)
    session.flush()


def _move(draft: Draft | GuestDraft, other: Draft | GuestDraft | None, target: str) -> None:
    if other is None:
        draft.place = target
    else:
        other.body = f"{other.body}\n\n{draft.body}"
        session.delete(draft)


def find(actor: Member | None, place: str) -> Draft | None:
    """The member's draft at a place, if any."""
    return session.get(Draft, (actor.id, place)) if actor and PLACE.fullmatch(place) else None
