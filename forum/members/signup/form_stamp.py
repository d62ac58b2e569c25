"""The signed stamp of a registration form: when it was shown, and which question it asked.

The stamp is the only thing about a form that is remembered, and the form itself carries it.
"""

import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

from forum.infra import clock
from forum.infra.database.db import current_settings

LEAST_SECONDS = 2  # nobody fills in the form faster
QUICK_SECONDS = 6  # for this, most have a program
MOST_SECONDS = 86_400
MAC_LENGTH, NONCE_BYTES = 24, 6
_FORM = re.compile(rf"(\d{{1,12}})\.([0-9a-f]{{{2 * NONCE_BYTES}}})\.([0-9a-f]{{{MAC_LENGTH}}})")


class Stamp(NamedTuple):
    """A stamp with a valid signature."""

    shown_at: int  # seconds since 1970
    nonce: str

    def __str__(self) -> str:
        """The stamp as the form carries it."""
        return f"{self.shown_at}.{self.nonce}.{_mac(self.shown_at, self.nonce)}"

    @property
    def age(self) -> int:
        """The seconds since the form was shown."""
        return int(clock.now().timestamp()) - self.shown_at

    @property
    def is_too_old(self) -> bool:
        """Whether the form has to be shown anew."""
        return self.age > MOST_SECONDS

    @property
    def number(self) -> int:
        """A random number that stays the same for this form."""
        return int(self.nonce, 16)


def create() -> Stamp:
    """The stamp of a form that is shown now."""
    return Stamp(int(clock.now().timestamp()), secrets.token_hex(NONCE_BYTES))


def read(typed: str) -> Stamp | None:
    """The stamp that a form has sent; None if it is not ours."""
    match = _FORM.fullmatch(typed)
    if match is None or not hmac.compare_digest(_mac(int(match[1]), match[2]), match[3]):
        return None
    return Stamp(int(match[1]), match[2])


def _mac(shown_at: int, nonce: str) -> str:
    key = hmac.digest(current_settings().secret_key.encode(), b"signup form", "sha256")
    return hmac.new(key, f"{shown_at}.{nonce}".encode(), hashlib.sha256).hexdigest()[:MAC_LENGTH]
