"""Logs the beginning and the end of an outage once each, however many calls fail in between."""

import logging
import time
from threading import Lock

QUIET_SECONDS = 10.0  # after a logged outage, in which a new one is not logged: flapping must not fill the log
MAX_MESSAGE_LENGTH = 200


class Outage:
    """The state of an external service as this process knows it; thread-safe."""

    def __init__(self, log: logging.Logger, trouble: str, over: str) -> None:
        self._log, self._trouble, self._over = log, trouble, over
        self._lock = Lock()
        self._since: float | None = None
        self._logged_at = -QUIET_SECONDS
        self._is_logged = False

    @property
    def is_ongoing(self) -> bool:
        """Whether the last call failed."""
        return self._since is not None

    def record_failure(self, error: BaseException) -> None:
        """Record a failed call."""
        with self._lock:
            if self._since is not None:
                return
            self._since = now = time.monotonic()
            self._is_logged = now - self._logged_at >= QUIET_SECONDS
            if self._is_logged:
                self._logged_at = now
                self._log.warning("%s: %s", self._trouble, first_line(error))

    def record_success(self) -> None:
        """Record a successful call."""
        if not self.is_ongoing:  # the common case
            return
        with self._lock:
            since, self._since = self._since, None
            if since is not None and self._is_logged:
                self._log.warning("%s after %.0f s", self._over, time.monotonic() - since)


def first_line(error: BaseException) -> str:
    """The first line of a driver's error, without SQLAlchemy's statement and values, which may contain user input."""
    cause = getattr(error, "orig", None) or error
    message = str(cause).strip().split("\n", 1)[0][:MAX_MESSAGE_LENGTH]
    return f"{type(cause).__name__}: {message}" if message else type(cause).__name__
