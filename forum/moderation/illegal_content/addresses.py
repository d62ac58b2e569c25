"""The posts, threads and members of this forum that somebody names by address."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from forum import permissions
from forum.boards.redirects import redirect_of
from forum.infra.database.db import current_settings, session
from forum.infra.errors import ForumError, Invalid, NotFound
from forum.infra.text.messages import say, say_many
from forum.members.queries import find_member
from forum.models import Member, Post, Thread
from forum.models.moderation.illegal_notice import MAX_NOTICED_ADDRESS
from forum.threads.queries import find_post, find_thread

MAX_CONTENTS = 10
_PATH = re.compile(r"/(posts|threads|members)/([0-9]{1,9})(?![0-9])")
_POSITION = re.compile(r"post-([0-9]{1,9})")


class Content(NamedTuple):
    """A post, or without one a member, with the address of this forum that leads there."""

    address: str
    post: Post | None
    member_id: int


def contents_at(actor: Member | None, text: str, home: str) -> list[Content]:
    """What the actor sees at some addresses of the forum at `home`, each once; of a thread the first post.

    Raises Invalid for others, in the same words whether there is something hidden or nothing.
    """
    addresses = text.split()
    if not addresses:
        raise Invalid({"addresses": [say("Enter the address of the post, thread or profile.")]})
    if len(addresses) > MAX_CONTENTS:
        words = ("Enter at most %(num)d address.", "Enter at most %(num)d addresses.")
        raise Invalid({"addresses": [say_many(*words, MAX_CONTENTS)]})
    found = dict(_found(actor, addresses, home))
    return [found[key] for key in sorted(found)]  # in one order, in which their cases are locked


def _found(actor: Member | None, addresses: list[str], home: str) -> Iterator[tuple[tuple[int, int], Content]]:
    for address in addresses:
        try:
            content = _content(actor, address, home)
        except ForumError as error:
            words = say(
                "You cannot see anything at %(address)s. Copy the address of a post, thread or profile of this forum.",
                address=address[:MAX_NOTICED_ADDRESS],
            )
            raise Invalid({"addresses": [words]}) from error
        yield (content.post.id if content.post else 0, content.member_id), content


def _content(actor: Member | None, address: str, home: str) -> Content:
    path, fragment = _path_of(address, home)
    named = _PATH.match(path)
    if named is None:
        raise NotFound
    kind, number = named[1], int(named[2])
    if kind == "members":
        permissions.require(permissions.may_see_members(actor))
        member = find_member(number)
        return Content(member.path, None, member.id)
    post = find_post(actor, number) if kind == "posts" else _post_in_thread(actor, number, fragment)
    if not post.is_public or not post.thread.is_public:
        raise NotFound
    return Content(post.path, post, post.author_id)


def _path_of(address: str, home: str) -> tuple[str, str]:
    """The path of an address of this forum, and what follows the #. Raises NotFound for others."""
    try:
        parts = urlsplit(address if "//" in address or address.startswith("/") else f"//{address}")
        host = parts.netloc.lower()
    except ValueError as error:
        raise NotFound from error
    ours = {urlsplit(base).netloc.lower() for base in (home, current_settings().base_url)}
    if host not in ours | {""} or parts.scheme not in {"http", "https", ""}:
        raise NotFound
    return parts.path, parts.fragment


def _post_in_thread(actor: Member | None, thread_id: int, fragment: str) -> Post:
    """The post of a thread that a fragment names, else the first; of a merged thread the first of where it went."""
    redirect = redirect_of(thread_id)
    thread = find_thread(actor, redirect.target_id if redirect is not None else thread_id)
    named = _POSITION.fullmatch(fragment) if redirect is None else None
    wanted = select(Post).join(Post.thread).join(Thread.board).where(permissions.visible_posts(actor))
    wanted = wanted.where(Post.thread_id == thread.id, Post.position == (int(named[1]) if named else 1))
    post = session.scalars(wanted.options(contains_eager(Post.thread).contains_eager(Thread.board))).first()
    if post is None:
        raise NotFound
    return post
