"""What an operator's Prometheus is told of requests: counted in each process, added up over all of a service.

The library is loaded at the first use, after `share_among_processes` said where the processes of a service write.
"""

import hashlib
import logging
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

log = logging.getLogger("forum.metrics")

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name for it
MIN_FREE_BYTES = 16 * 2**20  # bytes: some three megabytes a process, and room for others
DURATION_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def share_among_processes(data: Path) -> None:
    """Let the processes that are begun from now on count together; what services that were killed left there goes.

    They count in files that are mapped into memory: were one on a disk that is full, its process would be killed. So
    they lie in memory, and where there is little of it each process counts for itself.
    """
    place, name = _place(), _name(data)
    for left in place.glob(f"{name}-*"):
        if not _lives(left.name.rpartition("-")[2]):
            shutil.rmtree(left, ignore_errors=True)
    try:
        if shutil.disk_usage(place).free < MIN_FREE_BYTES:
            raise OSError("too little room")
        folder = place / f"{name}-{os.getpid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        log.warning("each process counts for itself: %s", error)
        return
    os.environ[FOLDER_VARIABLE] = str(folder)


def delete_counters() -> None:
    """Remove what processes counted."""
    folder = os.environ.pop(FOLDER_VARIABLE, "")
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def _place() -> Path:
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own in it, that nobody else may open
    return memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


def _name(data: Path) -> str:
    return f"forum-metrics-{hashlib.blake2b(str(data.resolve()).encode(), digest_size=6).hexdigest()}"


def _lives(pid: str) -> bool:
    """Whether a process of that number is there; our own left nothing that we want."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return int(pid) != os.getpid()


class RequestMetrics:
    """The counters of requests; whoever asks for one again and again keeps it."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Histogram  # noqa: PLC0415 - reads FOLDER when it is loaded

        self._requests = Counter("forum_requests", "Answers by who asked and what kind they were.", ["who", "status"])
        self._seconds = Histogram(
            "forum_request_seconds", "How long answers took to make.", ["who"], buckets=DURATION_BUCKETS_SECONDS
        )
        pages = Counter("forum_kept_pages", "Guests' pages from memory, or made for them.", ["outcome"])
        self.hits, self.misses = pages.labels("hit"), pages.labels("miss")
        self.turned_away = Counter("forum_turned_away", "Guests' requests refused because too many came at once.")

    @cache  # noqa: B019 - there is one for a process
    def _of(self, who: str, status: str) -> tuple[object, object]:
        return self._requests.labels(who, status), self._seconds.labels(who)

    def answered(self, who: str, status: str, seconds: float) -> None:
        """Count an answer: `status` is what WSGI calls it, "200 OK"."""
        counter, histogram = self._of(who, status[:1] + "xx")
        counter.inc()  # type: ignore[attr-defined]
        histogram.observe(seconds)  # type: ignore[attr-defined]


_made: list[RequestMetrics] = []
_making = Lock()


def request_metrics() -> RequestMetrics:
    """This process's; the library takes each name once, however many requests come first at the same time."""
    if not _made:
        with _making:
            if not _made:
                _made.append(RequestMetrics())
    return _made[0]


def report(**now: float) -> bytes:
    """All that was counted, and what is so now, in the form that Prometheus reads."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest  # noqa: PLC0415
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

    request_metrics()
    counted = CollectorRegistry()
    if FOLDER_VARIABLE in os.environ:
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    else:
        counted = REGISTRY
    present = CollectorRegistry()
    for name, value in now.items():  # a Gauge would be kept for each process
        kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
        words = name.removesuffix("_total").replace("_", " ").capitalize() + "."
        present.register(_Told([kind(f"forum_{name}", words, value=value)]))
    return bytes(generate_latest(counted)) + bytes(generate_latest(present))


class _Told:
    """What is so at this moment, as the library's registries ask for it."""

    def __init__(self, families: list[Any]) -> None:
        self._families = families

    def collect(self) -> list[Any]:
        """All of it."""
        return self._families
