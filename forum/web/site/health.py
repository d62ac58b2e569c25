"""Liveness and readiness checks, metrics, and robots.txt."""

import hmac
import ipaddress
from datetime import date

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from forum import permissions
from forum.auth import identity
from forum.health import checks
from forum.health.checks import Level
from forum.health.status_notes import JOB_FAILED, JOBS, MAIL_FAILED, MAIL_REFUSED, MAIL_SENT, notes
from forum.infra.database.db import current_settings
from forum.infra.ephemeral.job_claims import waiting_count
from forum.infra.errors import NotFound
from forum.infra.metrics import CONTENT_TYPE, report
from forum.interfaces import absolute_url
from forum.mail.counts import Fate, counted_since
from forum.presence.queries import online

blueprint = Blueprint("health", __name__)
DISALLOWED_PATHS = ("/account", "/admin", "/search", "/login", "/register", "/suggest/", "/posts/", "/threads/*/reply")
ROBOTS = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in DISALLOWED_PATHS)


@blueprint.get("/health/live")
def live() -> Response:
    """Answer that the process is alive."""
    return _plain("alive\n")


@blueprint.get("/health/ready")
def ready() -> Response:
    """Check that the database can be read and written and that jobs run; with `?verbose` one line per check."""
    results = checks.readiness()
    faults = [check for check in results if check.level is Level.FAULT]
    is_verbose = "verbose" in request.args and _may_see_more()
    lines = map(str, results) if is_verbose else (f"{check.name}: {check.words}" for check in faults)
    answer = _plain("\n".join(["not ready" if faults else "ready", *lines]) + "\n")
    if faults:
        answer.status_code = 503
        answer.headers["Retry-After"] = "5"
    return answer


def _is_loopback() -> bool:
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


PROXY_HEADERS = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")


def _may_see_more() -> bool:
    """Whether the caller is on this machine without a proxy in between, has the operator's token, or is an admin."""
    if _knows_token() or (_is_loopback() and not any(name in request.headers for name in PROXY_HEADERS)):
        return True
    try:
        return bool(permissions.may_administer(identity.visitor()))
    except SQLAlchemyError:  # the database is down
        identity.treat_as_anonymous()
        return False


@blueprint.get("/metrics")
def metrics() -> Response:
    """Report metrics for Prometheus, given the operator's token, or to an admin. Raises NotFound for all others."""
    if not _knows_token() and not permissions.may_administer(identity.visitor()):
        raise NotFound
    viewers = online(None)
    present = {"members_online": viewers.members, "guests_online": viewers.guests, "robots_online": viewers.robots}
    metrics_text = report(jobs_waiting=waiting_count(), **present, **_job_and_mail_metrics())
    response = Response(metrics_text, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _job_and_mail_metrics() -> dict[str, float]:
    """Metrics of jobs and mail from the status notes of all nodes."""
    noted = notes()
    total = {name: float(noted[name].total) if name in noted else 0.0 for name in (MAIL_SENT, MAIL_FAILED)}
    bounced = counted_since(date.min)
    refused, failed = noted.get(MAIL_REFUSED), noted.get(JOB_FAILED)
    numbers = {
        "mail_sent_total": total[MAIL_SENT],
        "mail_failures_total": total[MAIL_FAILED],
        "mail_refused_total": float(refused.total) if refused else 0.0,
        "mail_bounced_total": float(bounced[Fate.BOUNCED]),
        "mail_complained_total": float(bounced[Fate.COMPLAINED]),
        "mail_waiting": float(checks.mail_waiting()),
        "mail_is_failing": float(checks.mail_trouble(noted) is not None),
        "jobs_failed_total": float(failed.total) if failed else 0.0,
    }
    return numbers | ({"jobs_heartbeat_age_seconds": noted[JOBS].age} if JOBS in noted else {})


def _knows_token() -> bool:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    ours = current_settings().metrics_token
    return bool(ours) and kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), ours.encode())


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Allow robots the threads and boards, and disallow the rest."""
    return _plain(ROBOTS + f"Sitemap: {absolute_url('/sitemap.xml')}\n", "public, max-age=3600")


def _plain(words: str, caching: str = "no-store") -> Response:
    response = Response(words, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = caching
    return response
