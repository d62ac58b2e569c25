"""How SQLite files are opened."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sqlalchemy import create_engine

from forum.infra.database.sqlite import tune

MANY, TIMES = 6, 40


def test_a_new_file_is_opened_by_several_connections_at_once(tmp_path: Path) -> None:
    """A command beside a server that starts for the first time; about one in ten used to be refused."""
    for time in range(TIMES):
        start, path = Barrier(MANY), tmp_path / f"{time}.sqlite3"
        path.touch()

        def open_once(_: int, path: Path = path, start: Barrier = start) -> str:
            engine = tune(create_engine(f"sqlite:///{path}"))
            start.wait(10)
            with engine.connect() as connection:
                mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
            engine.dispose()
            return mode

        with ThreadPoolExecutor(MANY) as pool:
            assert list(pool.map(open_once, range(MANY))) == ["wal"] * MANY
