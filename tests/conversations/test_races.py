"""Two members who act at once leave positions dense and counts exact, on PostgreSQL, where they really run at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask

from forum.app import create_app
from forum.archive.check import check
from forum.conversations import actions, queries, read_state
from forum.infra.database.db import session, transaction
from forum.infra.errors import ForumError
from forum.models import ConversationMessage, Member
from tests.conftest import close, settings_in
from tests.factories import a_conversation, a_member
from tests.migrated import migrated_postgres
from tests.site_rows import insert_site_rows

pytestmark = pytest.mark.postgres
ROUNDS = 6
Act = Callable[[], object]


@pytest.fixture
def forum(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings_in(tmp_path / "data", FORUM_DATABASE_URL=migrated_postgres("races")))
    with app.app_context(), transaction():
        insert_site_rows()
        anna, ben, _ = a_member("anna"), a_member("ben"), a_member("cora")
        a_conversation(anna, ben)
        a_conversation(ben, anna)
    yield app
    close(app)


def named(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


def reply(name: str, number: int = 1) -> None:
    actor = named(name)
    actions.reply(actor, queries.find(actor, number).conversation, body=f"By {name}")


def read(name: str) -> None:
    actor = named(name)
    mine = queries.find(actor, 1)
    read_state.mark_read(actor, mine.conversation, mine.conversation.last_position)


def invite(name: str) -> None:
    actor = named(name)
    actions.invite(actor, queries.find(actor, 1).conversation, names="cora")


def leave(name: str) -> None:
    actor = named(name)
    actions.leave(actor, queries.find(actor, 1).conversation)


def at_once(app: Flask, *acts: Act) -> None:
    """Run acts at the same time, each in its own transaction; one may be refused because of the other."""
    barrier = Barrier(len(acts))

    def run(act: Act) -> None:
        with app.app_context():
            barrier.wait()
            try:
                with transaction():
                    act()
            except ForumError:
                pass
            finally:
                session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(run, act) for act in acts]:
            future.result()


PAIRS: dict[str, tuple[Act, Act]] = {
    "two replies": (lambda: reply("anna"), lambda: reply("ben")),
    "replies in two conversations": (lambda: reply("anna", 1), lambda: reply("ben", 2)),
    "a reply while the other reads": (lambda: reply("anna"), lambda: read("ben")),
    "two invitations": (lambda: invite("anna"), lambda: invite("ben")),
    "a reply while its reader leaves": (lambda: reply("anna"), lambda: leave("ben")),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_two_acts_at_once_leave_everything_exact(forum: Flask, pair: str) -> None:
    for _ in range(ROUNDS):
        at_once(forum, *PAIRS[pair])
    with forum.app_context():
        assert [str(each) for each in check()] == []
        for number in (1, 2):
            places = session.query(ConversationMessage.position).filter_by(conversation_id=number)
            found = sorted(place for (place,) in places)
            assert found == list(range(1, len(found) + 1))
        session.rollback()
