"""Databases with something in them are brought to newer forms and back."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from forum.base import migrate, sqlite
from tests.databases import on_postgres, postgres_database


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An empty database of the kind that this run is about."""
    if on_postgres():
        engine = create_engine(postgres_database("migrating"))
        migrate.downgrade(engine, "base")
        return engine
    return sqlite.tune(create_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}"))


def test_smilies_get_their_usual_text_codes_and_lose_them_again(engine: Engine) -> None:
    migrate.upgrade(engine, "0006")
    with engine.begin() as connection:
        insert = 'INSERT INTO smilie (code, name, symbol, "order") VALUES (:code, :name, :symbol, 0)'
        connection.execute(text(insert), {"code": ":smile:", "name": "Smile", "symbol": "🙂"})
        connection.execute(text(insert), {"code": ":yak:", "name": "Yak", "symbol": "🐂"})
    migrate.upgrade(engine, "0007")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT code, text_codes FROM smilie ORDER BY code")).all()
        assert [tuple(row) for row in found] == [(":smile:", ":) :-)"), (":yak:", "")]
    migrate.downgrade(engine, "0006")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM smilie")).scalar() == 2
    engine.dispose()
