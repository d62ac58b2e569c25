"""Whether mail can be sent to addresses with a non-ASCII local part, which requires SMTPUTF8 (RFC 6531)."""

import logging
import time
from dataclasses import dataclass, field
from threading import Lock

from forum.infra import smtp
from forum.infra.database.per_app import PerApp

log = logging.getLogger("forum.members")

CACHE_SECONDS, RETRY_SECONDS = 3600.0, 60.0


def mail_supports_smtputf8() -> bool:
    """Whether the mail server offers SMTPUTF8; true without a mail server, as messages then stay in the outbox."""
    return _server.here().offers_smtputf8()


@dataclass
class _MailServer:
    """The mail server's SMTPUTF8 support, asked when first needed and cached."""

    url: str
    is_offered: bool = False
    known_until: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def offers_smtputf8(self) -> bool:
        """Return the server's answer, cached for a while; an unreachable server offers nothing."""
        with self.lock:
            if self.url and time.monotonic() >= self.known_until:
                self.is_offered, seconds = self._ask()
                self.known_until = time.monotonic() + seconds
        return self.is_offered or not self.url

    def _ask(self) -> tuple[bool, float]:
        try:
            return smtp.offers_smtputf8(self.url), CACHE_SECONDS
        except smtp.SMTP_ERRORS as error:
            log.warning("cannot ask the mail server for SMTPUTF8: %s", smtp.error_text(error))
            return False, RETRY_SECONDS


_server = PerApp(lambda settings: _MailServer(settings.mail_url))
