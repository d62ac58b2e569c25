"""How SQLite files are opened."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sqlalchemy import create_engine

from forum.infra.database.sqlite import tune

MANY, TIMES = 6, 40


def test_a_new_file_is_opened_by_several_connections_at_once(tmp_path: Path) -> None:
    """A command beside a server that starts for the first time; about one in ten used to be refused."""
    for number in range(TIMES):
        start, path = Barrier(MANY), tmp_path / f"{number}.sqlite3"
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


def test_waiting_for_one_file_does_not_keep_its_writer_from_another_file(tmp_path: Path) -> None:
    """Such as a login, which writes to the ephemeral file within its transaction, while another login waits."""
    content, ephemeral = (
        tune(create_engine(f"sqlite:///{tmp_path / name}")).execution_options(forum_writes=True) for name in "ab"
    )
    with ThreadPoolExecutor(1) as pool, content.connect() as writer, writer.begin():
        began = time.monotonic()
        waiting = pool.submit(lambda: content.connect().begin().close())
        while not waiting.running():
            time.sleep(0.001)
        time.sleep(0.05)  # it polls for the lock now
        with ephemeral.connect() as other, other.begin():
            taken = time.monotonic() - began
        writer.rollback()
        waiting.result()
    for engine in (content, ephemeral):
        engine.dispose()
    assert taken < 2
