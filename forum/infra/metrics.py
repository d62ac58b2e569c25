"""Prometheus metrics of requests: counted in each process and summed over all processes of a service.

The library is imported on first use, after `share_among_processes` has set the folder that the processes write to.
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

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # read by the library
MIN_FREE_BYTES = 16 * 2**20  # bytes: about 3 MB per process, and room for others
DURATION_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def share_among_processes(data: Path) -> None:
    """Let processes started from now on share their counters; removes the files of killed services.

    The counters are memory-mapped files: on a full disk, a write would kill the process. They are therefore in
    /dev/shm, and if that has too little space, each process counts for itself.
    """
    parent, name = _place(), _name(data)
    for existing in parent.glob(f"{name}-*"):
        if not _is_other_process(existing.name.rpartition("-")[2]):
            shutil.rmtree(existing, ignore_errors=True)
    try:
        if shutil.disk_usage(parent).free < MIN_FREE_BYTES:
            raise OSError("not enough disk space")
        folder = parent / f"{name}-{os.getpid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        log.warning("metrics are counted per process: %s", error)
        return
    os.environ[FOLDER_VARIABLE] = str(folder)


def delete_counters() -> None:
    """Delete the processes' counters."""
    folder = os.environ.pop(FOLDER_VARIABLE, "")
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def _place() -> Path:
    memory = Path("/dev/shm")  # noqa: S108 - we create a private folder in it
    return memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


def _name(data: Path) -> str:
    return f"forum-metrics-{hashlib.blake2b(str(data.resolve()).encode(), digest_size=6).hexdigest()}"


def _is_other_process(pid: str) -> bool:
    """Whether another process with this id is running; files under our own id are leftovers."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return int(pid) != os.getpid()


class RequestMetrics:
    """The request counters; frequent callers should keep a reference to a counter."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Histogram  # noqa: PLC0415 - reads FOLDER when it is loaded

        self._requests = Counter("forum_requests", "Responses by class of client and status.", ["who", "status"])
        self._seconds = Histogram(
            "forum_request_seconds", "Time taken to produce a response.", ["who"], buckets=DURATION_BUCKETS_SECONDS
        )
        pages = Counter(
            "forum_kept_pages", "Guests' pages served from the cache (hit) or rendered (miss).", ["outcome"]
        )
        self.hits, self.misses = pages.labels("hit"), pages.labels("miss")
        self.refused_requests = Counter(
            "forum_turned_away", "Guests' requests refused because too many were in progress."
        )

    @cache  # noqa: B019 - one instance per process
    def _of(self, who: str, status: str) -> tuple[object, object]:
        return self._requests.labels(who, status), self._seconds.labels(who)

    def answered(self, who: str, status: str, seconds: float) -> None:
        """Count a response; `status` is WSGI's status line, such as "200 OK"."""
        counter, histogram = self._of(who, status[:1] + "xx")
        counter.inc()  # type: ignore[attr-defined]
        histogram.observe(seconds)  # type: ignore[attr-defined]


_instances: list[RequestMetrics] = []
_creating = Lock()


def request_metrics() -> RequestMetrics:
    """This process's metrics, created once: the library refuses a second registration of a name."""
    if not _instances:
        with _creating:
            if not _instances:
                _instances.append(RequestMetrics())
    return _instances[0]


def report(**now: float) -> bytes:
    """All counters and the current values of `now`, in Prometheus's text format."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest  # noqa: PLC0415
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

    request_metrics()
    counted = CollectorRegistry()
    if FOLDER_VARIABLE in os.environ:
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    else:
        counted = REGISTRY
    current = CollectorRegistry()
    for name, value in now.items():  # a Gauge would be stored per process
        kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
        text = name.removesuffix("_total").replace("_", " ").capitalize() + "."
        current.register(_CurrentValues([kind(f"forum_{name}", text, value=value)]))
    return bytes(generate_latest(counted)) + bytes(generate_latest(current))


class _CurrentValues:
    """A collector of current values."""

    def __init__(self, families: list[Any]) -> None:
        self._families = families

    def collect(self) -> list[Any]:
        """The metric families."""
        return self._families
