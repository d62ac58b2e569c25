"""A backup is consistent despite concurrent writes, and a restore brings back exactly its content."""

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from forum.archive import check
from forum.backups import lock
from forum.backups.backup import backup, restore
from forum.backups.errors import BadBackup
from forum.infra.database.db import current_settings, db, session, transaction
from forum.infra.settings import Settings
from forum.models import Member, Post, Thread
from tests.archive.forums import empty_forum, fill_forum
from tests.conftest import settings_in
from tests.factories import a_member, a_post, a_thread
from tests.servers import postgres_server
from tests.site_rows import insert_site_rows


@pytest.fixture
def running(app: Flask) -> Iterator[Flask]:
    """A forum with content, in its app context."""
    with app.app_context():
        fill_forum()
        yield app


def count_posts() -> int:
    """The number of posts."""
    return session.scalar(select(func.count()).select_from(Post)) or 0


@pytest.mark.sqlite
def test_a_backup_restores_the_content(running: Flask, settings: Settings, tmp_path: Path) -> None:
    before = count_posts()
    session.rollback()
    backup(settings, tmp_path / "copy")
    with transaction():
        a_thread()
    _let_go(running)
    aside = restore(settings, tmp_path / "copy")
    assert count_posts() == before
    assert [*map(str, check.check())] == []
    assert aside is not None
    with closing(sqlite3.connect(aside)) as old:
        assert old.execute("SELECT count(*) FROM post").fetchone() == (before + 1,)
    assert not list(settings.data.glob("*.restoring*"))


def _let_go(app: Flask) -> None:
    session.remove()
    db.engine.dispose()
    app.extensions["forum.ephemeral"].dispose()


@pytest.mark.sqlite
def test_a_backup_during_concurrent_posting_is_consistent(running: Flask, settings: Settings, tmp_path: Path) -> None:
    with transaction():
        thread, member = a_thread(), a_member()
        ids = thread.id, member.id
    over, written = threading.Event(), [0, 0, 0]
    writers = [threading.Thread(target=_write, args=(running, ids, over, written, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for number in range(5):
        backup(settings, tmp_path / f"copy{number}")
    over.set()
    for writer in writers:
        writer.join()
    assert sum(written) > 0
    for number in range(5):
        _assert_sound(settings, tmp_path, number)


def _write(app: Flask, ids: tuple[int, int], over: threading.Event, written: list[int], number: int) -> None:
    """Reply until it is stopped."""
    with app.app_context():
        while not over.is_set():
            with transaction():
                thread = session.get_one(Thread, ids[0], options=[joinedload(Thread.board), joinedload(Thread.starter)])
                a_post(thread=thread, by=session.get_one(Member, ids[1]))
            written[number] += 1


def _assert_sound(settings: Settings, folder: Path, number: int) -> None:
    """Check that the copy, used as another forum's database, has exact counters."""
    with empty_forum(folder / f"other{number}") as other:
        _let_go(other)
        restore(current_settings(), folder / f"copy{number}")
        assert [*map(str, check.check()), *check.position_gaps()] == []
        assert count_posts() > 5
        assert current_settings().data != settings.data


@pytest.mark.usefixtures("running")
def test_only_the_operator_can_read_a_backup(settings: Settings, tmp_path: Path) -> None:
    backup(settings, tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("copy")] == ["copy"]


@pytest.mark.usefixtures("running")
def test_a_backup_never_overwrites(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("precious")
    with pytest.raises(BadBackup, match="exists"):
        backup(settings, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "precious"


def test_a_backup_of_a_missing_forum_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadBackup, match="no database"):
        backup(settings_in(tmp_path / "empty"), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("kind", ["text", "torn", "damaged", "foreign", "newer", "missing"])
def test_an_invalid_backup_is_refused_and_changes_nothing(
    kind: str, running: Flask, settings: Settings, tmp_path: Path
) -> None:
    before = count_posts()
    session.rollback()
    backup(settings, tmp_path / "copy")
    _spoil(tmp_path / "copy", kind)
    _let_go(running)
    with pytest.raises(BadBackup):
        restore(settings, tmp_path / "copy")
    assert count_posts() == before
    assert not list(settings.data.glob("*before-restore*"))


def _spoil(path: Path, kind: str) -> None:
    whole = path.read_bytes()
    if kind == "text":
        path.write_text("no database")
    elif kind == "torn":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "damaged":
        path.write_bytes(whole[:8192] + b"\xff" * 40_000 + whole[48_192:])
    elif kind == "missing":
        path.unlink()
    else:
        path.unlink()
        with closing(sqlite3.connect(path)) as other:
            other.execute(
                "CREATE TABLE alembic_version (version_num TEXT)" if kind == "newer" else "CREATE TABLE t (x)"
            )
            if kind == "newer":
                other.execute("INSERT INTO alembic_version VALUES ('9999')")
            other.commit()


@pytest.mark.sqlite
def test_a_restore_replaces_a_broken_database(running: Flask, settings: Settings, tmp_path: Path) -> None:
    before = count_posts()
    session.rollback()
    backup(settings, tmp_path / "copy")
    _let_go(running)
    (settings.data / "forum.sqlite3").write_bytes(b"rubbish" * 1000)
    aside = restore(settings, tmp_path / "copy")
    assert count_posts() == before
    assert aside is not None
    assert aside.read_bytes().startswith(b"rubbish")


@pytest.mark.sqlite
def test_a_forced_restore_changes_a_forum_that_is_in_use(running: Flask, settings: Settings, tmp_path: Path) -> None:
    before = count_posts()
    session.rollback()
    backup(settings, tmp_path / "copy")
    with transaction():
        a_thread()
    with running.app_context(), closing(sqlite3.connect(settings.data / "forum.sqlite3")) as reader:
        assert reader.execute("SELECT count(*) FROM post").fetchone() == (before + 1,)
        aside = restore(settings, tmp_path / "copy", is_in_use=True)
        assert reader.execute("SELECT count(*) FROM post").fetchone() == (before,)
    assert aside is not None
    assert aside.exists()


def test_servers_share_the_folder_lock_and_a_restore_needs_it_exclusively(tmp_path: Path) -> None:
    first, second = lock.lock_folder(tmp_path), lock.lock_folder(tmp_path)
    with pytest.raises(lock.FolderInUse):
        lock.lock_folder(tmp_path, alone=True)
    os.close(first)
    os.close(second)
    alone = lock.lock_folder(tmp_path, alone=True)
    with pytest.raises(lock.FolderInUse):
        lock.lock_folder(tmp_path)
    os.close(alone)


@pytest.mark.postgres
def test_postgresql_is_dumped_and_restored_by_its_own_tools(tmp_path: Path) -> None:
    with postgres_server() as url, empty_forum(tmp_path / "data", FORUM_DATABASE_URL=url) as app:
        with transaction():
            insert_site_rows()
        fill_forum()
        before = count_posts()
        session.rollback()
        backup(current_settings(), tmp_path / "copy")
        with transaction():
            a_thread()
        _let_go(app)
        (tmp_path / "bad").write_text("no dump")
        with pytest.raises(BadBackup):
            restore(current_settings(), tmp_path / "bad")
        restore(current_settings(), tmp_path / "copy")
        assert count_posts() == before
        assert [*map(str, check.check()), *check.position_gaps()] == []
