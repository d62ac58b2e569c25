"""An entry of the log never leads to another object than the one it is about, though SQLite gives ids again."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.board_actions import delete_board
from forum.admin.rules import OPERATOR
from forum.audit_log import record
from forum.infra.database.db import session
from forum.members.signup import registration
from forum.models import LogEntry
from tests.conftest import log_in
from tests.factories import a_board, a_member
from tests.middleware.guests import Writing


def test_the_log_does_not_lead_to_a_board_that_was_given_the_id_of_a_deleted_one(
    client: FlaskClient, writing: Writing
) -> None:
    with writing():
        a_member("olaf", role="admin")
        first = a_board("Old board")
        number = first.id
        record("lock-thread", target=f"board:{first.id}")
        delete_board(OPERATOR, first)
        path = a_board("New board").path
    log_in(client, "olaf")
    log = client.get("/moderation/log").text
    main = log[log.index("<tbody>") : log.index("</tbody>")]
    assert f"board:{number} (removed)" in main
    assert path not in main
    for typed in (f"board:{number}", f"board:{number}+(removed)"):
        assert "Locked thread" in client.get(f"/moderation/log?target={typed}").text, "it is still found"


@pytest.mark.usefixtures("app_in_context")
def test_nor_to_a_member_who_was_given_the_id_of_an_account_that_was_never_confirmed() -> None:
    waiting = a_member("greta", joined_at=None)
    record("register", target=f"member:{waiting.id}")
    number = waiting.id
    assert registration.forget_unconfirmed() == 1
    session.commit()
    a_member("gustav")
    assert session.scalars(select(LogEntry.target)).all() == [f"member:{number} (removed)"]
