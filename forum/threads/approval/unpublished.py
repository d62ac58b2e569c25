"""Conditions over the posts of a thread that were never public, answered by their own small index."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, exists, literal_column, or_

from forum.models import Member, Post, Thread, Visibility
from forum.site.group_membership import own_id

# literals, as both databases use a partial index only if they see its condition
HAS_NO_PLACE = Post.position < literal_column("0")
_HELD = Post.visibility == literal_column(str(int(Visibility.HELD)))
_TO_AUTHOR = Post.visibility.in_([literal_column(str(int(each))) for each in (Visibility.HELD, Visibility.REJECTED)])


def exist_for(me: BindParameter[int]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Whether a thread has such posts of the member that they see, and whether any wait; for a query over Thread."""
    here = (Post.thread_id == Thread.id, HAS_NO_PLACE)
    return exists().where(*here, _TO_AUTHOR, Post.author_id == me), exists().where(*here, _HELD)


def shown_to(actor: Member, *, sees_all: bool) -> ColumnElement[bool]:
    """The posts after the last page: own ones, for moderators all that wait."""
    own = and_(_TO_AUTHOR, Post.author_id == own_id(actor))
    return and_(HAS_NO_PLACE, or_(_HELD, own) if sees_all else own)
