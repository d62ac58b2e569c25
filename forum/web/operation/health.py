"""The page that shows whether everything works, and the settings of the environment."""

import os
import platform
import socket
from collections.abc import Mapping
from importlib.metadata import version

from flask import Blueprint, current_app, render_template, request

from forum.admin.operation.backups import backup_checks
from forum.health import checks, doctor
from forum.health.checks import Check, Level
from forum.health.shown_settings import shown_settings
from forum.health.sizes import sizes
from forum.infra.database.db import current_settings, session
from forum.infra.errors import Conflict
from forum.infra.text.messages import Message, say
from forum.models import Right
from forum.search.index.index_check import state_problems
from forum.site.queries import snapshot
from forum.web.admin.dashboard import administrator
from forum.web.forms import Form

blueprint = Blueprint("admin_health", __name__, url_prefix="/admin/health")
LEVELS: Mapping[Level, Message] = {Level.OK: say("OK"), Level.WARNING: say("Warning"), Level.FAULT: say("Fault")}
ADVICE: Mapping[str, Message] = {
    "settings": say("Change the environment of “forum serve” and start it again."),
    "database": say("Is the database server running and reachable from this machine? Is its disk full?"),
    "database read": say("Is the database server running and reachable from this machine?"),
    "database write": say("Is the disk full or read-only?"),
    "schema": say("Run “forum upgrade”."),
    "integrity": say("Restore the last backup, and check the disk."),
    "clock": say("Set up time synchronisation (NTP) on the machine whose clock is off."),
    "replica": say("Guests' pages are read from the primary meanwhile. Check the replication."),
    "redis": say("Is Redis running and reachable from this machine?"),
    "mail": say("The page “Mail” sends a test message and shows what is waiting."),
    "inbox": say("Check FORUM_INBOX_URL and the mailbox. Answers by mail wait there meanwhile."),
    "jobs": say("Without jobs no mail is sent and no backup made. The log of “forum serve” says why one failed."),
    "backups": say("The page “Backups” says more. Is the disk full, and do jobs run?"),
    "search index": say("The page “Search index” rebuilds it, as “forum reindex” does; the forum can keep running."),
    "disk": say("Free some space, or give the data folder a larger disk."),
    "files": say("Mend what is said above on the machine, as the user that runs the forum."),
    "limits": say("Raise the limit of open files for the service, for example LimitNOFILE= in systemd."),
}


@blueprint.get("")
def health_page() -> str:
    """Show the checks of `/health/ready`, or with `?all` those of `forum doctor`, and the installation."""
    administrator(Right.SEE_HEALTH)
    settings, form = current_settings(), Form()
    found = checks.readiness()
    if "all" in request.args:
        found, form = _all_checks(found)
    found += [*backup_checks(), _search_check()]
    return render_template(
        "admin/health.html",
        form=form,
        checks=sorted(found, key=lambda check: list(Level).index(check.level), reverse=True),
        levels=LEVELS,
        advice=ADVICE,
        is_complete="all" in request.args and not form.message,
        settings=shown_settings(settings, os.environ),
        sizes=sizes(settings),
        database="SQLite" if settings.is_sqlite else "PostgreSQL",
        version=version("forum"),
        python=platform.python_version(),
        node=socket.gethostname(),
    )


def _search_check() -> Check:
    """What is known of the search index without going through it."""
    problems = list(state_problems(snapshot().language))
    return Check("search index", Level.WARNING if problems else Level.OK, "; ".join(problems))


def _all_checks(quick: list[Check]) -> tuple[list[Check], Form]:
    """All checks; if earlier ones still run, the quick ones and a form with the message."""
    session.rollback()  # no connection is held meanwhile
    try:
        return doctor.examine(current_settings(), os.environ, current_app.app_context), Form()
    except Conflict as error:
        return quick, Form(message=str(error))
