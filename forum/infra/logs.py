"""Logs for programs: a JSON object a line with the request's number; no names, nothing that was typed.

Network addresses are in it only where the operator wants them, such as for fail2ban.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import ClassVar

from forum.infra.client_ip import client_address
from forum.infra.settings import Settings

ACCESS, JOBS = logging.getLogger("forum.access"), logging.getLogger("forum.jobs")


class _Lines(logging.Formatter):
    """A record as one line of JSON; what is given as `extra={"fields": {...}}` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
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
    """Whether a line an answer is wanted; the server sets up loggers of its own and would forget a mark on ours."""

    is_wanted: ClassVar[bool] = False
    has_addresses: ClassVar[bool] = False


def configure_logging(settings: Settings) -> None:
    """Write the log to the standard error stream, as the deployment wants it."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(_Lines())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("forum").setLevel(logging.INFO)
    _Access.is_wanted, _Access.has_addresses = settings.access_log, settings.log_addresses


def log_response(*, method: str, path: str, status: str, who: str, address: str, seconds: float) -> None:
    """A line for an answer; the path stands without its query, which may hold what somebody searched for."""
    if not _Access.is_wanted:
        return
    fields = {"method": method, "path": path, "status": status[:3], "who": who, "ms": round(seconds * 1000, 1)}
    message = f"{method} {path} {status[:3]}"
    if _Access.has_addresses:
        fields["address"] = address
        message += f" from {address}"
    ACCESS.info("%s", message, extra={"fields": fields})


def log_job(what: str, job: str, **fields: float) -> None:
    """A line for a turn of a job that this process called for, and for each time that one was carried out."""
    if _Access.is_wanted:
        JOBS.info("%s %s", job, what, extra={"fields": {"job": job, **fields}})
