"""A sample forum is large and realistic, with counters as exact as if members had written it."""

import multiprocessing
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import mean

import pytest
from sqlalchemy import func, select, text, update

from forum.archive import check, setup
from forum.archive.sample import bulk_transaction, generate, sample_text
from forum.archive.sample.generate import Size, generate_sample
from forum.archive.sample.sample_text import GeneratedPost, TextGenerator
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.errors import BadFile
from forum.infra.paging import SIZE
from forum.models import (
    Member,
    Notification,
    Post,
    PostRevision,
    Reaction,
    SimilarThread,
    Thread,
    ThreadRead,
)
from forum.search.index import actions as search
from forum.search.index.index_check import index_problems
from forum.search.index.tables import POSTS, THREADS, WORDS
from forum.similar import refresh_jobs
from forum.threads.writing import render
from tests.archive.forums import empty_forum
from tests.databases import copy_sqlite
from tests.factories import a_member, a_thread
from tests.servers import postgres_server

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SMALL = Size(threads=60, posts=900, members=40)


@pytest.fixture(scope="module")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a forum with a small sample, without similar threads; created once."""
    folder = tmp_path_factory.mktemp("sample")
    with empty_forum(folder, FORUM_SEED="defaults"):
        setup.prepare_database()
        generate_sample(SMALL, seed=1)
    return folder / "forum.sqlite3"


@pytest.fixture
def sampled(sample_file: Path, tmp_path: Path) -> Iterator[None]:
    """A copy of that forum, with its app context entered."""
    (tmp_path / "data").mkdir()
    copy_sqlite(sample_file, tmp_path / "data")
    with empty_forum(tmp_path / "data", FORUM_SEED="defaults"):
        yield


def test_a_sample_has_the_requested_size_and_exact_counters(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    with empty_forum(tmp_path / "data", FORUM_SEED="defaults"):
        setup.prepare_database()
        generate_sample(SMALL, seed=1, with_similar=True, progress=lambda *news: heard.append(news))
        counts = [session.scalar(select(func.count()).select_from(model)) for model in (Thread, Post, Member)]
        assert counts == [60, 900, 40]
        assert [*map(str, check.check()), *check.position_gaps()] == []
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


def test_the_same_arguments_give_the_same_rows_however_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for number, (seed, chunk) in enumerate(((7, 5000), (7, 30), (8, 5000))):
        monkeypatch.setattr(generate, "CHUNK", chunk)  # more posts than that are created in another process
        with empty_forum(tmp_path / str(number), FORUM_SEED="defaults"), clock.frozen_at(NOON):
            setup.prepare_database()
            generate_sample(Size(threads=5, posts=100, members=30), seed=seed)
            results.append(_rows())
    assert results[0] == results[1] != results[2]


def _rows() -> dict[str, list[str]]:
    tables = (Member, Thread, Post, PostRevision, Reaction, Notification, ThreadRead)
    found = {model.__tablename__: session.execute(select(model.__table__)).all() for model in tables}
    found |= {index.name: session.execute(select(index.table)).all() for index in (THREADS, POSTS)}
    return {name: sorted(map(str, rows)) for name, rows in found.items()}


@pytest.mark.usefixtures("sampled")
def test_the_index_equals_a_rebuild() -> None:
    filled = _index()
    assert list(index_problems("en")) == []
    with transaction():
        search.reindex(lambda *_: None)
    assert _index() == filled


def _index() -> list[list[tuple[object, ...]]]:
    words = select(WORDS).where(WORDS.c.word.not_like("*similar%")).order_by(WORDS.c.word)
    tables = [select(index.table).order_by(index.table.c.rowid) for index in (THREADS, POSTS)]
    return [[tuple(row) for row in session.execute(statement)] for statement in (words, *tables)]


@pytest.mark.usefixtures("sampled")
def test_members_react_edit_read_and_are_notified() -> None:
    for model in (PostRevision, ThreadRead, Notification):
        assert (session.scalar(select(func.count()).select_from(model)) or 0) > 5
    reactions = session.scalars(select(func.count()).select_from(Reaction).group_by(Reaction.post_id)).all()
    assert len(reactions) < 200
    assert max(reactions) > 4


def test_posts_have_120_words_on_average_and_a_long_tail(tmp_path: Path) -> None:
    lengths = sorted(len(post.words.split()) for post in _some_posts(tmp_path)[:2000])
    assert 100 < mean(lengths) < 160
    assert lengths[1000] < 110
    assert lengths[-1] > 500


def _some_posts(folder: Path) -> list[GeneratedPost]:
    with empty_forum(folder):
        return _generated_posts()


@cache
def _generated_posts() -> list[GeneratedPost]:
    talk = TextGenerator(1)
    return [talk.post(3) for _ in range(4000)]


def test_the_vocabulary_grows_by_heaps_law(tmp_path: Path) -> None:
    tokens = [word for post in _some_posts(tmp_path) for word in post.words.split()]
    half, whole = len(set(tokens[: len(tokens) // 2])), len(set(tokens))
    assert whole > half * 2 ** (sample_text.GROWTH - 0.1)
    assert whole < 1.5 * sample_text.HEAPS * len(tokens) ** sample_text.GROWTH


def test_a_forum_with_a_member_is_filled_by_ordinary_inserts(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data", FORUM_SEED="defaults"):
        setup.prepare_database()
        with transaction():
            a_member("anna", password_hash="x")
        generate_sample(SMALL, seed=1)
        assert [*map(str, check.check()), *check.position_gaps(), *index_problems("en")] == []


def _fill(folder: Path) -> None:
    """Fill a forum in small batches, of which SQLite soon writes some to the file."""
    generate.CHUNK = 300
    usual = bulk_transaction.PRAGMAS
    bulk_transaction.PRAGMAS = (*usual[:2], "cache_size=-500", *usual[3:])
    with empty_forum(folder, FORUM_SEED="defaults"):
        setup.prepare_database()
        generate_sample(Size(threads=600, posts=12000, members=200), seed=1)


def test_a_killed_run_leaves_the_forum_unchanged(tmp_path: Path) -> None:
    prepared = multiprocessing.get_context("forkserver")
    prepared.set_forkserver_preload([__name__])
    file, filling = tmp_path / "data" / "forum.sqlite3", prepared.Process(target=_fill, args=(tmp_path / "data",))
    filling.start()
    while filling.is_alive() and not (file.exists() and file.stat().st_size > 3_000_000):
        time.sleep(0.02)
    filling.kill()
    filling.join()
    assert filling.exitcode == -signal.SIGKILL
    with empty_forum(tmp_path / "data"):
        assert session.scalar(select(func.count()).select_from(Post)) == 0
        assert [*map(str, check.check()), *check.position_gaps(), *index_problems("en")] == []
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"


def test_a_second_sample_is_added_to_the_first(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data"):
        setup.prepare_database()
        for seed in (1, 2):
            generate_sample(Size(threads=5, posts=30, members=5), seed=seed)
        assert [*map(str, check.check()), *check.position_gaps()] == []
        assert session.scalar(select(func.count()).select_from(Post)) == 62


def test_one_thread_is_as_long_as_requested(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data", FORUM_SEED="defaults"):
        setup.prepare_database()
        generate_sample(Size(threads=5, posts=300, members=5, giant=250), seed=1)
        lengths = sorted(session.scalars(select(Thread.last_position)))
        assert (len(lengths), lengths[-1], sum(lengths)) == (5, 250, 300)
        assert lengths[-2] < 50
        assert [*map(str, check.check()), *check.position_gaps()] == []


@pytest.mark.parametrize("size", [Size(5, 300, 5, giant=297), Size(1, 300, 5, giant=300)])
def test_a_giant_thread_that_leaves_no_posts_for_the_others_is_refused(size: Size, tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data"), pytest.raises(BadFile, match="A giant thread"):
        generate_sample(size, seed=1)


@pytest.mark.parametrize("size", [Size(10, 5, 10), Size(1, 1, 1), Size(0, 0, 5)])
def test_an_impossible_size_is_refused(size: Size, tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data"), pytest.raises(BadFile, match="A sample needs"):
        generate_sample(size, seed=1)


@pytest.mark.usefixtures("sampled")
def test_similar_threads_are_left_to_the_job() -> None:
    assert session.scalar(select(func.count()).select_from(SimilarThread)) == 0
    while refresh_jobs.refresh_next():
        pass
    assert (session.scalar(select(func.count(SimilarThread.thread_id))) or 0) > 0


@pytest.mark.postgres
def test_a_sample_fills_postgresql_and_new_posts_follow(tmp_path: Path) -> None:
    with postgres_server() as url, empty_forum(tmp_path / "data", FORUM_DATABASE_URL=url):
        setup.prepare_database()
        generate_sample(SMALL, seed=1)
        assert [*map(str, check.check()), *check.position_gaps()] == []
        session.rollback()
        with transaction():
            session.execute(update(Member).values(message_count=0))
        with check.consistent_snapshot(to_write=True):
            assert len(list(check.check())) > 10
            check.repair()
        with check.consistent_snapshot(to_write=False):
            assert [*map(str, check.check())] == []
        with transaction():
            assert a_thread().id == 67
