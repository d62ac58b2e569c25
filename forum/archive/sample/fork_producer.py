"""Produce items in a forked process while this one consumes them, to use two CPU cores."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, TypeVar

from forum.infra.database.db import db, session

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_T = TypeVar("_T")


@contextmanager
def produced_in_fork(things: Iterator[_T]) -> Iterator[Iterator[_T]]:
    """Iterate `things` in a child process and yield the items here; the iterator must not use the database.

    Connections are closed before the fork, so the child inherits none.
    """
    session.remove()
    db.engine.dispose()
    fork = get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    producer = fork.Process(target=_produce, args=(things, theirs, ours), daemon=True)
    producer.start()
    theirs.close()
    try:
        yield _received(ours)
    finally:
        producer.terminate()
        producer.join()


def _produce(things: Iterator[_T], theirs: "Connection[Any, Any]", ours: "Connection[Any, Any]") -> None:
    ours.close()  # so that sending fails, and this process ends, when the parent is gone
    gc.disable()  # rows hold no reference cycles
    for thing in things:
        theirs.send((thing,))
    theirs.send(())


def _received(ours: "Connection[Any, Any]") -> Iterator[_T]:
    while message := ours.recv():
        yield message[0]
