"""A forum with an admin, olaf, a moderator, mona, and a member, anna."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum.infra.database.db import session
from forum.models import Member, ReactionKind, Smilie
from tests.admin.pages import member
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_member
from tests.middleware.guests import Writing

Send = Callable[..., TestResponse]


@pytest.fixture
def staff(writing: Writing) -> None:
    with writing():
        a_member("olaf", role="admin")
        a_member("mona", role="moderator")
        a_member("anna")
        a_board("Talk")
        session.add(ReactionKind(key="hug", name="Hug", symbol="🤗", score=1, order=9))
        session.add(Smilie(code=":cheer:", text_codes="\\o/", name="cheer", symbol="🙌"))


@pytest.fixture
def planners(staff: None, writing: Writing) -> None:
    """A group, Planners, with anna, who is member 3; it has the id 5."""
    with writing():
        group = a_group("Planners", member("anna"))
        group.order = 9
        assert (group.id, member("anna").id) == (5, 3)


@pytest.fixture
def olaf(app_in_context: object) -> Member:
    """An admin, for tests without HTTP."""
    return a_member("olaf", role="admin")


@pytest.fixture
def admin(client: FlaskClient, staff: None) -> Send:
    """Posts a form as olaf."""
    log_in(client, "olaf")
    token = token_in(client.get("/account").text)

    def send(path: str, **fields: object) -> TestResponse:
        return client.post(path, data={"csrf_token": token, **fields})

    return send
