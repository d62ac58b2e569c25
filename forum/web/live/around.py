"""What readers of a thread are told besides its posts: who views it, who is writing, and their own notifications."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from flask import render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Member, Right
from forum.presence import typing
from forum.presence.queries import viewers
from forum.site.queries import snapshot
from forum.web.discussion.new_replies import notifications_of
from forum.web.live.events import Told, event
from forum.web.live.readers import Reader, member_of

MAX_NAMED_WRITERS = 2
MAX_BADGES = 50  # members told their number of notifications at a time; the others follow
VIEWERS = "thread/_viewers_text.html"


def by_thread(readers: Collection[Reader]) -> Mapping[int, list[Reader]]:
    """The readers of threads who have been checked."""
    found = defaultdict[int, list[Reader]](list)
    for reader in readers:
        if reader.thread_id and reader.view is not None:
            found[reader.thread_id].append(reader)
    return found


def tell_viewers(thread_id: int, readers: Collection[Reader]) -> Told:
    """Who is viewing a thread; those with the right are told the hidden ones, too."""
    told: Told = []
    frames: dict[bool, tuple[int, bytes]] = {}
    for reader in readers:
        sees_hidden = reader.view is not None and _sees_hidden(reader.view.groups)
        if sees_hidden not in frames:
            found = viewers(f"thread:{thread_id}", None, see_hidden=sees_hidden)
            html = render_template(VIEWERS, viewers=found)
            frames[sees_hidden] = hash(html), event("viewers", {"html": html, "total": found.total})
        mark, frame = frames[sees_hidden]
        if reader.viewers != mark:
            reader.viewers = mark
            told.append((reader, frame))
    return told


def _sees_hidden(groups: frozenset[int]) -> bool:
    return Right.SEE_HIDDEN_MEMBERS in snapshot().access.scope_of(groups).rights


def tell_typing(readers: Mapping[int, Collection[Reader]]) -> Told:
    """Who is writing, except the reader and whom the reader ignores; one query for all threads, one for the names."""
    writing = {thread_id: ids for thread_id, ids in typing.writers().items() if thread_id in readers}
    names = _names({member_id for ids in writing.values() for member_id in ids})
    told: Told = []
    frames: dict[tuple[int, ...], bytes] = {}
    for thread_id, theirs in readers.items():
        ids = tuple(sorted(member_id for member_id in writing.get(thread_id, ()) if member_id in names))
        for reader in theirs:
            shown = tuple(one for one in ids if one != reader.member_id and one not in reader.ignored)
            if reader.typing == (hash(shown) if shown else 0):
                continue
            reader.typing = hash(shown) if shown else 0
            if shown not in frames:
                frames[shown] = event("typing", {"html": _said([names[one] for one in shown])})
            told.append((reader, frames[shown]))
    return told


def _names(member_ids: Collection[int]) -> dict[int, str]:
    if not member_ids:
        return {}
    rows = select(Member.id, Member.username).where(in_list(Member.id, list(member_ids)), ~Member.is_hidden)
    return {row.id: row.username for row in session.execute(rows)}


def _said(names: list[str]) -> Markup:
    """The sentence, with each name apart from its direction; empty if nobody writes."""
    shown = [Markup("<bdi>{}</bdi>").format(name) for name in names]
    if not shown:
        return Markup("")
    if len(shown) == 1:
        return Markup(_("%(name)s is replying …", name=shown[0]))  # noqa: S704 - the name is escaped
    if len(shown) == MAX_NAMED_WRITERS:
        return Markup(_("%(first)s and %(second)s are replying …", first=shown[0], second=shown[1]))  # noqa: S704
    return Markup(  # noqa: S704 - the same
        ngettext(
            "%(name)s and %(num)d other are replying …",
            "%(name)s and %(num)d others are replying …",
            len(shown) - 1,
            name=shown[0],
        )
    )


def tell_badges(readers: Collection[Reader]) -> Told:
    """The number on the bell, to those whose row says that it may have changed."""
    changed = [reader for reader in readers if reader.member_id and reader.unseen != reader.unseen_told]
    told: Told = []
    for reader in changed[:MAX_BADGES]:
        reader.unseen_told = reader.unseen
        member = member_of(reader)
        if member is not None:
            told.append((reader, event("bell", notifications_of(member)["notifications"])))
    return told
