"""Logs once that something is away and once that it is back, however often it is asked for meanwhile."""

import logging
import time
from threading import Lock

QUIET_SECONDS = 10.0  # in which a second outage is not logged: what comes and goes fills no log
MAX_MESSAGE_LENGTH = 200


class Outage:
    """What a process knows of something that others run; any thread may report."""

    def __init__(self, log: logging.Logger, trouble: str, over: str) -> None:
        self._log, self._trouble, self._over = log, trouble, over
        self._lock = Lock()
        self._since: float | None = None
        self._logged_at = -QUIET_SECONDS
        self._is_logged = False

    @property
    def is_on(self) -> bool:
        """Whether it was away when it was last asked."""
        return self._since is not None

    def began(self, error: BaseException) -> None:
        """It did not answer."""
        with self._lock:
            if self._since is not None:
                return
            self._since = now = time.monotonic()
            self._is_logged = now - self._logged_at >= QUIET_SECONDS
            if self._is_logged:
                self._logged_at = now
                self._log.warning("%s: %s", self._trouble, first_line(error))

    def ended(self) -> None:
        """It answered."""
        if not self.is_on:  # as nearly always
            return
        with self._lock:
            since, self._since = self._since, None
            if since is not None and self._is_logged:
                self._log.warning("%s after %.0f s", self._over, time.monotonic() - since)


def first_line(error: BaseException) -> str:
    """What a driver said, without SQLAlchemy's statement and values, which can hold what somebody typed."""
    cause = getattr(error, "orig", None) or error
    said = str(cause).strip().split("\n", 1)[0][:MAX_MESSAGE_LENGTH]
    return f"{type(cause).__name__}: {said}" if said else type(cause).__name__
