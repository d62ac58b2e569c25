"""Pictures, the schedule of backups, new boards and new groups are undone as long as nothing else depends on them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from forum.admin import board_actions, board_icons, image_actions
from forum.admin.groups import access_actions, group_actions, right_actions
from forum.admin.operation import backups
from forum.admin.undo.actions import logged_entry, may_undo, undo
from forum.backups.schedule import current_schedule
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden
from forum.infra.images import EncodedImage
from forum.models import Board, Group, Member, Right
from tests.admin.conftest import Send
from tests.admin.pages import parsed
from tests.admin.test_undo import newest, undo_newest
from tests.factories import a_board, a_group, a_member, a_thread, join

Uses = tuple[Callable[[Any], object], ...]


def a_picture(content: bytes) -> dict[str, EncodedImage]:
    return {"logo": EncodedImage("image/png", 64, 32, content)}


def test_the_schedule_of_backups_is_undone_by_those_who_may_change_it(olaf: Member) -> None:
    keeper, other = a_member(), a_member()
    right_actions.set_rights(olaf, a_group(None, keeper), [Right.MANAGE_BACKUPS])
    right_actions.set_rights(olaf, a_group(None, other), [Right.MANAGE_SETTINGS])
    backups.change_schedule(keeper, {"backup_every": "day"})
    assert not may_undo(other, newest(olaf))
    undo_newest(keeper)
    assert current_schedule().every == "off"
    undo_newest(keeper)
    assert current_schedule().every == "day"


def test_a_first_logo_and_icon_are_removed_and_what_replaced_another_says_that_it_is_not_kept(olaf: Member) -> None:
    board = a_board("Talk")
    image_actions.set_image(olaf, "logo", a_picture(b"one"))
    undo_newest(olaf)
    assert image_actions.image_values("logo") == {"logo": ""}
    with pytest.raises(Conflict, match="not kept"):
        undo_newest(olaf)
    board_icons.set_icon(olaf, board, b"one")
    first = newest(olaf)
    undo_newest(olaf)
    assert board_icons.icon_values(board) == {"icon": ""}
    with pytest.raises(Conflict, match="not kept"):
        undo_newest(olaf)
    assert not may_undo(olaf, first._replace(is_undone=True))
    for content in (b"one", b"two", None):
        board_icons.set_icon(olaf, board, content)
        image_actions.set_image(olaf, "logo", a_picture(content) if content else {})
        assert bool(may_undo(olaf, newest(olaf))) is (content == b"one")


def test_a_new_board_is_removed_unless_it_is_in_use_or_was_changed(olaf: Member) -> None:
    board = board_actions.create_board(olaf, {"title": "Garden"})
    made, number = newest(olaf), board.id
    undo_newest(olaf)
    assert session.get(Board, number) is None
    assert newest(olaf).change.undoes_id == made.entry.id  # type: ignore[union-attr]
    uses: Uses = (
        lambda board: a_thread(board=board),
        lambda board: board_actions.create_board(olaf, {"title": "Inside", "parent_id": board.id}),
        lambda board: access_actions.set_list(olaf, board, []),
        lambda board: board_actions.change_board(olaf, board, {"description": "Roses"}),
    )
    for place, use in enumerate(uses):
        board = board_actions.create_board(olaf, {"title": f"Garden {place}"})
        made = newest(olaf)
        use(board)
        session.flush()
        with pytest.raises(Conflict):
            undo_again(olaf, made.entry.id)
        assert session.get(Board, board.id) is not None


def test_a_new_group_is_removed_unless_it_is_in_use(olaf: Member) -> None:
    group = group_actions.create_group(olaf, {"title": "Gardeners"})
    number = group.id
    undo_newest(olaf)
    assert session.get(Group, number) is None
    uses: Uses = (
        lambda group: join(a_member(), group),
        lambda group: right_actions.set_rights(olaf, group, [Right.SEE_LOG]),
    )
    for place, use in enumerate(uses):
        group = group_actions.create_group(olaf, {"title": f"Gardeners {place}"})
        made = newest(olaf)
        use(group)
        session.flush()
        with pytest.raises(Conflict, match="members, rights or access lists"):
            undo_again(olaf, made.entry.id)
        assert session.get(Group, group.id) is not None
    with pytest.raises(Forbidden):
        undo_again(a_member(), made.entry.id)


def undo_again(actor: Member, entry_id: int) -> None:
    undo(actor, logged_entry(entry_id))


def test_the_message_after_creating_a_board_undoes_it(client: FlaskClient, admin: Send) -> None:
    assert admin("/admin/boards/new", title="Garden").status_code == 303
    button = parsed(client.get("/admin/boards")).select_one(".toast [formaction]")
    assert button is not None
    assert admin(str(button["formaction"])).status_code == 303
    assert "Garden" not in client.get("/admin/boards").text
