"""Objects that a process creates once per app."""

from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from forum.infra.database.db import current_settings
from forum.infra.settings import Settings

Thing = TypeVar("Thing")
MAX_APPS = 8

_instances: "WeakSet[PerApp[Any]]" = WeakSet()


class PerApp(Generic[Thing]):
    """An object that a process creates once per app, on first use."""

    def __init__(self, make: Callable[[Settings], Thing]) -> None:
        self._make = make
        self._things: dict[int, tuple[Settings, Thing]] = {}
        self._lock = Lock()
        _instances.add(self)

    def forget(self) -> None:
        """Drop the objects, so that they are created again on next use."""
        with self._lock:
            self._things.clear()

    def here(self) -> Thing:
        """The object of the current app."""
        return self.of(current_settings())

    def of(self, settings: Settings) -> Thing:
        """The object of the app with these settings."""
        entry = self._things.get(id(settings))
        if entry is None:
            with self._lock:  # concurrent threads share one object
                entry = self._things.get(id(settings)) or (settings, self._make(settings))
                while len(self._things) >= MAX_APPS:
                    del self._things[next(iter(self._things))]
                self._things[id(settings)] = entry
        return entry[1]


def forget_all() -> None:
    """Drop all per-app objects: the file they were made from was replaced."""
    for instance in list(_instances):
        instance.forget()
