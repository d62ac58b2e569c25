"""A notice on every page for admins while mail cannot be sent; checked at most every 10 seconds per process."""

import time
from dataclasses import dataclass

from flask import render_template
from markupsafe import Markup

from forum.health.checks import mail_trouble
from forum.health.status_notes import Note, notes
from forum.infra.database.db import current_settings
from forum.infra.database.per_app import PerApp
from forum.models import Member
from forum.permissions import may_administer

CHECK_SECONDS = 10.0


@dataclass
class _State:
    trouble: Note | None = None
    checked_at: float = -CHECK_SECONDS


_states = PerApp(lambda _: _State())


def mail_notice(visitor: Member | None) -> Markup:
    """The notice for an admin while mail fails; empty otherwise."""
    if not current_settings().mail_url or not may_administer(visitor):
        return Markup()
    state, now = _states.here(), time.monotonic()
    if now - state.checked_at >= CHECK_SECONDS:
        state.trouble, state.checked_at = mail_trouble(notes()), now
    return Markup(render_template("_mail_notice.html", trouble=state.trouble)) if state.trouble else Markup()  # noqa: S704 - a template of ours
