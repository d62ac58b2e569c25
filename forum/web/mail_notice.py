"""What admins read on every page while mail does not leave; looked up now and then, for all of a process's admins."""

import time
from dataclasses import dataclass

from flask import render_template
from markupsafe import Markup

from forum.health.checks import mail_trouble
from forum.health.status_notes import Note, notes
from forum.infra.db import current_settings
from forum.infra.ephemeral_store import PerApp
from forum.models import Member

CHECK_SECONDS = 10.0


@dataclass
class _Held:
    trouble: Note | None = None
    looked_at: float = -CHECK_SECONDS


_held = PerApp(lambda _: _Held())


def mail_notice(visitor: Member | None) -> Markup:
    """The notice, for an admin while there is trouble; nothing for all others."""
    if visitor is None or not visitor.is_admin or not current_settings().mail_url:
        return Markup()
    held, now = _held.here(), time.monotonic()
    if now - held.looked_at >= CHECK_SECONDS:
        held.trouble, held.looked_at = mail_trouble(notes()), now
    return Markup(render_template("_mail_notice.html", trouble=held.trouble)) if held.trouble else Markup()  # noqa: S704 - a template of ours
