"""Databases for the tests of migrations."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from forum.infra.database import migrate, sqlite
from tests.databases import on_postgres, postgres_database


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An empty database of the kind this run uses."""
    if on_postgres():
        engine = create_engine(postgres_database("migrating"))
        migrate.downgrade(engine, "base")
        return engine
    return sqlite.tune(create_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}"))
