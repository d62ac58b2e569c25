"""What is wrong with a notice that an admin wants to save."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from forum.admin.rules import MAX_NOTICE_TEXT
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.text.characters import without_forbidden
from forum.infra.text.messages import Message, one_line, say, visible_length
from forum.models import Board, Group, NoticeAudience, NoticePlace
from forum.models.notice import MAX_NOTICE_TITLE


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values normalised as they are stored: groups and boards only where they have an effect. Raises Invalid."""
    values = dict(given)
    values["title"] = one_line(values["title"])
    values["body"] = without_forbidden(values["body"]).replace("\r\n", "\n").strip()
    is_for_groups, is_in_boards = values["audience"] == NoticeAudience.GROUPS, values["place"] == NoticePlace.BOARDS
    values["group_ids"] = tuple(sorted(set(values["group_ids"]))) if is_for_groups else ()
    values["board_ids"] = tuple(sorted(set(values["board_ids"]))) if is_in_boards else ()
    faults = _faults_of_text(values) | _faults_of_targets(values)
    if values["starts_at"] and values["ends_at"] and values["ends_at"] <= values["starts_at"]:
        faults["ends_at"] = [say("The end has to be after the beginning.")]
    if faults:
        raise Invalid(faults)
    return values


def _faults_of_text(values: Mapping[str, Any]) -> dict[str, list[Message]]:
    faults: dict[str, list[Message]] = {}
    if not visible_length(values["body"]):
        faults["body"] = [say("Write what the notice says.")]
    for name, most in (("title", MAX_NOTICE_TITLE), ("body", MAX_NOTICE_TEXT)):
        if len(values[name]) > most:
            faults[name] = [say("Use at most %(num)d characters.", num=most)]
    return faults


def _faults_of_targets(values: Mapping[str, Any]) -> dict[str, list[Message]]:
    faults: dict[str, list[Message]] = {}
    groups, boards = (
        set(session.scalars(select(model.id).where(model.id.in_(values[name]))))
        for model, name in ((Group, "group_ids"), (Board, "board_ids"))
    )
    if values["audience"] == NoticeAudience.GROUPS and (not groups or groups != set(values["group_ids"])):
        faults["group_ids"] = [say("Choose at least one group, and only groups that exist.")]
    if values["place"] == NoticePlace.BOARDS and (not boards or boards != set(values["board_ids"])):
        faults["board_ids"] = [say("Choose at least one board, and only boards that exist.")]
    return faults
