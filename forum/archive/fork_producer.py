"""Making things in a process of their own while this one uses them: two processors are at work."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, TypeVar

from forum.infra.db import db, session

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_T = TypeVar("_T")


@contextmanager
def produced_in_fork(things: Iterator[_T]) -> Iterator[Iterator[_T]]:
    """The same things; what makes them may not ask the database, of which the other process inherits nothing."""
    session.remove()
    db.engine.dispose()
    fork = get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    maker = fork.Process(target=_make, args=(things, theirs, ours), daemon=True)
    maker.start()
    theirs.close()
    try:
        yield _received(ours)
    finally:
        maker.terminate()
        maker.join()


def _make(things: Iterator[_T], theirs: "Connection[Any, Any]", ours: "Connection[Any, Any]") -> None:
    ours.close()  # so that this process ends when the other is gone
    gc.disable()  # rows are no circles
    for thing in things:
        theirs.send((thing,))
    theirs.send(())


def _received(ours: "Connection[Any, Any]") -> Iterator[_T]:
    while found := ours.recv():
        yield found[0]
