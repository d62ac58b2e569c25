"""Reports and decisions at the same moment, on PostgreSQL, where they really run concurrently."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask

from forum.app import create_app
from forum.archive.check import check
from forum.infra.database.db import session, transaction
from forum.infra.errors import ForumError
from forum.models import Member, Report, ReviewItem
from forum.moderation.reports import cases, decisions, making
from forum.site.actions import set_value
from forum.threads import actions
from forum.threads.queries import find_post
from tests.conftest import close, settings_in
from tests.factories import a_member, a_post, a_thread
from tests.migrated import migrated_postgres
from tests.site_rows import insert_site_rows

pytestmark = pytest.mark.postgres
ROUNDS = 3
Act = Callable[[int], object]


@pytest.fixture
def forum(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings_in(tmp_path / "data", FORUM_DATABASE_URL=migrated_postgres("races")))
    with app.app_context(), transaction():
        insert_site_rows()
        set_value("report_hide_weight", 2)
        for name in ("anna", "ben", "carl"):
            a_member(name)
        for name in ("mona", "max"):
            a_member(name, role="moderator")
    yield app
    close(app)


def named(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


def report(name: str) -> Act:
    return lambda post_id: making.report_post(named(name), find_post(named(name), post_id), kind="spam")


def decide(name: str, decision: str) -> Act:
    def act(post_id: int) -> None:
        cases_of = session.query(ReviewItem.id).filter_by(post_id=post_id)  # also if somebody has decided it already
        item = cases.find_report_case(named(name), cases_of.order_by(ReviewItem.id.desc()).limit(1).scalar() or 0)
        decisions.decide_reports(named(name), item, decision, deletes=True)

    return act


def delete(name: str) -> Act:
    return lambda post_id: actions.delete_post(named(name), find_post(named(name), post_id))


def at_once(app: Flask, post_id: int, *acts: Act) -> list[ForumError | None]:
    """Do acts at the same moment; the refusals of those that were refused."""
    barrier = Barrier(len(acts))

    def run(act: Act) -> ForumError | None:
        with app.app_context():
            barrier.wait()
            try:
                with transaction():
                    act(post_id)
            except ForumError as error:
                return error
            return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


PAIRS = {
    "twice in two tabs": (report("anna"), report("anna")),
    "by two": (report("anna"), report("carl")),
    "two moderators": (decide("mona", "upheld"), decide("max", "dismissed")),
    "reported and decided": (report("carl"), decide("mona", "dismissed")),
    "reported and deleted": (report("carl"), delete("ben")),
    "deleted and decided": (delete("max"), decide("mona", "upheld")),
}


@pytest.mark.parametrize("name", PAIRS)
def test_one_case_is_open_and_counts_are_exact(name: str, forum: Flask) -> None:
    for _ in range(ROUNDS):
        with forum.app_context(), transaction():
            post_id = a_post(thread=a_thread(by=named("ben")), by=named("ben")).id
        if name not in {"twice in two tabs", "by two"}:
            assert at_once(forum, post_id, report("anna")) == [None]
        refused = at_once(forum, post_id, *PAIRS[name])
        with forum.app_context():
            assert list(check()) == []
            assert session.query(ReviewItem).filter_by(post_id=post_id, decided_at=None).count() <= 1
            reports = session.query(Report).join(Report.item).filter(ReviewItem.post_id == post_id)
            assert reports.filter(Report.member_id == named("anna").id).count() == 1
            if name == "two moderators":
                assert sorted(str(error or "") for error in refused) == ["", "Somebody else has decided this already."]
            if name in {"twice in two tabs", "by two"}:
                assert refused == [None, None]
