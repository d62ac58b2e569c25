"""A sample forum is large and lifelike, and as exact as one that members wrote."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from forum.archive import check, ready
from forum.archive.faults import BadFile
from forum.archive.sample import Size, fill
from forum.base.db import session, transaction
from forum.base.paging import SIZE
from forum.models import Member, Post, Reaction, SimilarThread, Thread
from forum.threads.writing import render
from tests.archive.places import empty_forum
from tests.factories import a_thread
from tests.servers import postgres_server

SMALL = Size(threads=60, posts=900, members=40)


def test_a_sample_has_what_was_asked_for_and_exact_counters(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    with empty_forum(tmp_path / "data", FORUM_SEED="defaults"):
        ready.make_ready()
        fill(SMALL, seed=1, progress=lambda *news: heard.append(news))
        counts = [session.scalar(select(func.count()).select_from(model)) for model in (Thread, Post, Member)]
        assert counts == [60, 900, 40]
        assert [*map(str, check.check()), *check.gaps()] == []
        assert ("posts", 900, 900) in heard
        _assert_lifelike()


def _assert_lifelike() -> None:
    lengths = sorted(session.scalars(select(Thread.last_position)), reverse=True)
    assert lengths[0] > 5 * SIZE
    assert lengths[-1] <= 10
    assert (session.scalar(select(func.count()).select_from(Reaction)) or 0) > 100
    assert (session.scalar(select(func.count()).select_from(SimilarThread)) or 0) > 0
    for post in session.scalars(select(Post)):
        assert render(post.source).html == post.html
    moments = session.scalars(select(Post.created_at)).all()
    assert max(moments) - min(moments) > timedelta(days=365)


def test_the_same_seed_says_the_same(tmp_path: Path) -> None:
    said = []
    for number, seed in enumerate((7, 7, 8)):
        with empty_forum(tmp_path / str(number), FORUM_SEED="defaults"):
            ready.make_ready()
            fill(Size(threads=5, posts=20, members=5), seed=seed)
            said.append(session.scalars(select(Post.source).order_by(Post.id)).all())
    assert said[0] == said[1] != said[2]


def test_a_second_sample_comes_beside_the_first(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data"):
        ready.make_ready()
        for seed in (1, 2):
            fill(Size(threads=5, posts=30, members=5), seed=seed)
        assert [*map(str, check.check()), *check.gaps()] == []
        assert session.scalar(select(func.count()).select_from(Post)) == 62


def test_one_thread_is_as_long_as_was_asked_for(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data", FORUM_SEED="defaults"):
        ready.make_ready()
        fill(Size(threads=5, posts=300, members=5, giant=250), seed=1)
        lengths = sorted(session.scalars(select(Thread.last_position)))
        assert (len(lengths), lengths[-1], sum(lengths)) == (5, 250, 300)
        assert lengths[-2] < 50
        assert [*map(str, check.check()), *check.gaps()] == []


@pytest.mark.parametrize("size", [Size(5, 300, 5, giant=297), Size(1, 300, 5, giant=300)])
def test_a_giant_that_leaves_nothing_to_the_others_is_refused(size: Size, tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data"), pytest.raises(BadFile, match="A giant thread"):
        fill(size, seed=1)


@pytest.mark.parametrize("size", [Size(10, 5, 10), Size(1, 1, 1), Size(0, 0, 5)])
def test_a_size_that_cannot_be_is_refused(size: Size, tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data"), pytest.raises(BadFile, match="A sample needs"):
        fill(size, seed=1)


def test_similar_threads_can_be_left_for_later(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data", FORUM_SEED="defaults"):
        ready.make_ready()
        fill(Size(threads=20, posts=30, members=5), seed=1, with_similar=False)
        assert session.scalar(select(func.count()).select_from(SimilarThread)) == 0


@pytest.mark.postgres
def test_a_sample_fills_postgresql_and_new_posts_follow(tmp_path: Path) -> None:
    with postgres_server() as url, empty_forum(tmp_path / "data", FORUM_DATABASE_URL=url):
        ready.make_ready()
        fill(SMALL, seed=1)
        assert [*map(str, check.check()), *check.gaps()] == []
        session.rollback()
        with transaction():
            session.execute(update(Member).values(message_count=0))
        with check.standing_still(to_write=True):
            assert len(list(check.check())) > 10
            check.repair()
        with check.standing_still(to_write=False):
            assert [*map(str, check.check())] == []
        with transaction():
            assert a_thread().id == 67
