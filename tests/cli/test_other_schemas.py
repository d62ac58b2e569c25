"""Every command refuses a database from a newer version; a database from an older one needs `upgrade` first."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, select, table, text

from forum.backups import store_postgres
from forum.infra.settings import from_environment
from tests.cli.commands import environment, forum, new_forum, refusal, rows

PASSWORD = "correct horse battery staple"
COMMANDS = (
    *(("upgrade",), ("seed",), ("check",), ("check", "--repair"), ("reindex",), ("worker",), ("serve", "--port", "1")),
    *(("set-password", "anna", "--password-stdin"), ("mail-test", "anna@example.org")),
    *(("token", "anna"), ("set-role", "anna", "admin"), ("ban", "anna"), ("unban", "anna")),
    *(("sample", "--threads", "1", "--posts", "1", "--members", "2"),),
    *(("create-member", "bert", "--email", "bert@example.org", "--password-stdin"),),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a forum with content."""
    words = ("create-member", "anna", "--email", "anna@example.org", "--password-stdin")
    new_forum(tmp_path / "data")
    assert forum(tmp_path / "data", *words, typed=PASSWORD).returncode == 0
    return tmp_path / "data"


def say_it_is_of(data: Path, schema: str) -> None:
    rows(data, f"UPDATE alembic_version SET version_num = '{schema}'")  # noqa: S608 - our own number


def everything(data: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    engine = create_engine(from_environment(environment(data)).database_url)
    try:
        with engine.connect() as connection:
            names = [name for name in inspect(connection).get_table_names() if not name.startswith("volatile_")]
            return {
                name: sorted(map(tuple, connection.execute(select(text("*")).select_from(table(name)))), key=str)
                for name in names
            }
    finally:
        engine.dispose()


def test_a_newer_schema_is_refused_by_every_command_and_not_changed(data: Path, tmp_path: Path) -> None:
    say_it_is_of(data, "9999")
    rows(
        data,
        "DELETE FROM word_index" if "postgresql" in str(environment(data)) else "UPDATE board SET thread_count = 7",
    )
    before = everything(data)
    for words in (*COMMANDS, ("export", str(tmp_path / "e")), ("backup", str(tmp_path / "b")), ("import", str(data))):
        message = refusal(data, *words, typed=PASSWORD)
        assert "9999" in message, words
        assert "newer version" in message, words
    assert everything(data) == before
    assert not (tmp_path / "e").exists()
    assert not (tmp_path / "b").exists()


def test_an_older_schema_can_be_backed_up_and_asks_for_an_upgrade(data: Path, tmp_path: Path) -> None:
    say_it_is_of(data, "0004")
    for words in COMMANDS[1:]:
        assert "run `forum upgrade` first" in refusal(data, *words, typed=PASSWORD), words
    assert forum(data, "backup", str(tmp_path / "copy")).returncode == 0


def test_a_backup_of_an_older_version_is_restored_and_names_the_next_step(data: Path, tmp_path: Path) -> None:
    say_it_is_of(data, "0004")
    assert forum(data, "backup", str(tmp_path / "copy")).returncode == 0
    done = forum(data, "restore", str(tmp_path / "copy"))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        "It was made by an older version: now run `forum upgrade`.",
    )


def test_a_backup_of_a_newer_version_is_not_restored(data: Path, tmp_path: Path) -> None:
    before, copy = everything(data), tmp_path / "copy"
    if "FORUM_DATABASE_URL" in environment(data):
        say_it_is_of(data, "9999")
        settings = from_environment(environment(data))
        words = ("--format=custom", f"--file={copy}", f"--dbname={store_postgres._address(settings)}")
        store_postgres._run(settings, "pg_dump", *words)
        say_it_is_of(data, str(before["alembic_version"][0][0]))
    else:
        assert forum(data, "backup", str(copy)).returncode == 0
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer version" in refusal(data, "restore", str(copy))
    assert everything(data) == before


def test_an_unknown_schema_is_refused(data: Path) -> None:
    say_it_is_of(data, "0a1b")
    assert "which no version of forum knows" in refusal(data, "check")
    assert "which no version of forum knows" in refusal(data, "upgrade")
