"""Structured logs: one JSON object per line, with the request id; no member names and no user input.

IP addresses are logged only if the operator enables them, for example for fail2ban.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import ClassVar

from forum.infra.client_ip import client_address
from forum.infra.settings import Settings

ACCESS, JOBS = logging.getLogger("forum.access"), logging.getLogger("forum.jobs")


class _JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON; `extra={"fields": {...}}` adds keys beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        """The JSON line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if number := client_address().request_id:
            line["request_id"] = number
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line | getattr(record, "fields", {}), ensure_ascii=False)


class _Access:
    """Whether responses are logged; kept here because the server reconfigures logging and would reset our loggers."""

    is_wanted: ClassVar[bool] = False
    has_addresses: ClassVar[bool] = False


def configure_logging(settings: Settings) -> None:
    """Set up logging to stderr as the settings say."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(_JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("forum").setLevel(logging.INFO)
    _Access.is_wanted, _Access.has_addresses = settings.access_log, settings.log_addresses


def log_response(*, method: str, path: str, status: str, who: str, address: str, seconds: float) -> None:
    """Log a response; the path is logged without its query string, which may contain search terms."""
    if not _Access.is_wanted:
        return
    fields = {"method": method, "path": path, "status": status[:3], "who": who, "ms": round(seconds * 1000, 1)}
    message = f"{method} {path} {status[:3]}"
    if _Access.has_addresses:
        fields["address"] = address
        message += f" from {address}"
    ACCESS.info("%s", message, extra={"fields": fields})


def log_job(event: str, job: str, **fields: float) -> None:
    """Log what this process does with a job."""
    if _Access.is_wanted:
        JOBS.info("%s %s", job, event, extra={"fields": {"job": job, **fields}})
