"""Write, change, order and delete notices."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from forum.admin.edit_conflicts import require_unchanged
from forum.admin.notices.notice_checks import checked
from forum.admin.ordering import move_one_place
from forum.admin.rules import MAX_NOTICES, Administrator, authorize
from forum.audit_log import record
from forum.infra.database.db import session
from forum.infra.errors import Conflict, NotFound
from forum.infra.text.messages import say
from forum.markup.render import VERSION
from forum.models import Board, Group, Notice, NoticeBoard, NoticeGroup, Right
from forum.models.notice import NOTICE_KEY_LENGTH
from forum.site import actions as site
from forum.threads.writing import render

TARGETS = ("group_ids", "board_ids")
DEFAULTS: Mapping[str, object] = {
    "title": "",
    "body": "",
    "style": "information",
    "audience": "everybody",
    "group_ids": (),
    "place": "everywhere",
    "board_ids": (),
    "includes_children": True,
    "starts_at": None,
    "ends_at": None,
    "is_dismissible": True,
    "is_on": True,
}
SHOW_AGAIN = "show_again"  # not a value: the act of showing a changed notice to those who have closed it


def all_notices() -> list[Notice]:
    """All notices in their order, also those that are switched off."""
    return list(session.scalars(select(Notice).order_by(Notice.order, Notice.id)))


def find_notice(notice_id: int) -> Notice:
    """A notice. Raises NotFound."""
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise NotFound
    return notice


def notice_values(notice: Notice) -> dict[str, object]:
    """What can be changed of a notice; of its groups and boards the ids, in order."""
    groups = select(NoticeGroup.group_id).where(NoticeGroup.notice_id == notice.id).order_by(NoticeGroup.group_id)
    boards = select(NoticeBoard.board_id).where(NoticeBoard.notice_id == notice.id).order_by(NoticeBoard.board_id)
    targets = {"group_ids": tuple(session.scalars(groups)), "board_ids": tuple(session.scalars(boards))}
    return {name: targets[name] if name in targets else getattr(notice, name) for name in DEFAULTS}


def shown_values(values: Mapping[str, object]) -> dict[str, object]:
    """The values in words, for the log and for the comparison with what another admin has saved meanwhile."""
    titles = {"group_ids": _titles(Group, values), "board_ids": _titles(Board, values)}
    return {
        name: titles[name] if name in titles else value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def create_notice(actor: Administrator, given: Mapping[str, Any]) -> Notice:
    """Create a notice, as the last one. Raises Invalid, and Conflict if there are MAX_NOTICES."""
    admin = authorize(actor, Right.MANAGE_NOTICES)
    site.lock()
    others = all_notices()
    if len(others) >= MAX_NOTICES:
        raise Conflict(say("There can be at most %(num)d notices. Delete one first.", num=MAX_NOTICES))
    values = checked({**DEFAULTS, **given})
    notice = Notice(key=_new_key(), order=max((other.order for other in others), default=-1) + 1)
    _store(notice, values, names=tuple(DEFAULTS))
    site.bump_version()
    record("create-notice", actor=admin, target=_target(notice), name=notice.title or notice.body)
    return notice


def change_notice(
    actor: Administrator, notice: Notice, given: Mapping[str, Any], *, seen: str | None = None
) -> list[str]:
    """Change a notice and log each change; returns the names of what changed.

    `seen` is the fingerprint of shown_values() when the actor read them. With SHOW_AGAIN, those who have closed the
    notice see it again. Raises Invalid or ChangedMeanwhile.
    """
    admin = authorize(actor, Right.MANAGE_NOTICES)
    site.lock()
    session.refresh(notice, with_for_update=True)
    stored = notice_values(notice)
    values = checked({**stored, **{name: value for name, value in given.items() if name in DEFAULTS}})
    before, after = shown_values(stored), shown_values(values)
    require_unchanged(before, after, seen=seen)
    changed = [name for name in DEFAULTS if values[name] != stored[name]]
    _store(notice, values, names=changed)
    for name in changed:
        record("change-notice", actor=admin, target=_target(notice), name=name, was=before[name], now=after[name])
    if given.get(SHOW_AGAIN):
        notice.key = _new_key()
        record("show-notice-again", actor=admin, target=_target(notice))
        changed.append(SHOW_AGAIN)
    if changed:
        site.bump_version()
    return changed


def previewed(given: Mapping[str, Any]) -> dict[str, Any]:
    """A notice's values as they would be stored, with its HTML. Raises Invalid."""
    values = checked({**DEFAULTS, **given})
    return {**values, "html": render(values["body"]).html}


def move_notice(actor: Administrator, notice: Notice, *, up: bool) -> None:
    """Move a notice one place up or down."""
    admin = authorize(actor, Right.MANAGE_NOTICES)
    site.lock()
    places = move_one_place(all_notices(), notice, up=up)
    if places:
        site.bump_version()
        record("move-notice", actor=admin, target=_target(notice), was=places[0], now=places[1])


def delete_notice(actor: Administrator, notice: Notice) -> None:
    """Delete a notice."""
    admin = authorize(actor, Right.MANAGE_NOTICES)
    site.lock()
    session.refresh(notice, with_for_update=True)
    record("delete-notice", actor=admin, target=_target(notice), name=notice.title or notice.body)
    session.delete(notice)
    site.bump_version()


def _store(notice: Notice, values: Mapping[str, Any], *, names: list[str] | tuple[str, ...]) -> None:
    """Store the named values; the text is rendered here, once."""
    for name in names:
        if name not in TARGETS:
            setattr(notice, name, values[name])
    if "body" in names:
        notice.html, notice.markup_version = render(notice.body).html, VERSION
    session.add(notice)
    session.flush()
    if "group_ids" in names:
        session.execute(delete(NoticeGroup).where(NoticeGroup.notice_id == notice.id))
        session.add_all(NoticeGroup(notice_id=notice.id, group_id=group_id) for group_id in values["group_ids"])
    if "board_ids" in names:
        session.execute(delete(NoticeBoard).where(NoticeBoard.notice_id == notice.id))
        session.add_all(NoticeBoard(notice_id=notice.id, board_id=board_id) for board_id in values["board_ids"])
    session.flush()


def _titles(model: type[Group] | type[Board], values: Mapping[str, Any]) -> str:
    ids = values["group_ids" if model is Group else "board_ids"]
    return ", ".join(session.scalars(select(model.title).where(model.id.in_(ids)).order_by(model.id))) if ids else ""


def _new_key() -> str:
    return secrets.token_urlsafe(NOTICE_KEY_LENGTH)[:NOTICE_KEY_LENGTH]


def _target(notice: Notice) -> str:
    return f"notice:{notice.id}"
