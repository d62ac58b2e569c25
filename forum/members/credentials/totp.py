"""The codes of authenticator apps (RFC 6238): six digits that change every 30 seconds, as all apps show them."""

import hmac
import secrets
from base64 import b32decode, b32encode
from urllib.parse import quote, urlencode

from forum.infra import clock

STEP_SECONDS, DIGITS = 30, 6
SECRET_BYTES = 20  # as long as the hash (RFC 4226); 32 characters in base32
TOLERANCE = 1  # steps by which the clocks may differ


def new_secret() -> str:
    """A new secret in base32."""
    return b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """The code of a time step."""
    digest = hmac.digest(b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def current_step() -> int:
    """The time step of now."""
    return int(clock.now().timestamp()) // STEP_SECONDS


def matching_step(secret: str, code: str) -> int | None:
    """The step that a code belongs to, of now and its neighbours; None for a wrong code. All are compared."""
    now = current_step()
    steps = range(now - TOLERANCE, now + TOLERANCE + 1)
    matches = [step for step in steps if hmac.compare_digest(code_at(secret, step), code)]
    return matches[-1] if matches else None


def address(secret: str, *, issuer: str, account: str) -> str:
    """The address (otpauth:) that an app reads from a QR code or opens on a phone."""
    name = issuer.replace(":", " ")  # a colon separates it from the account
    return (
        f"otpauth://totp/{quote(f'{name}:{account}')}?{urlencode({'secret': secret, 'issuer': name}, quote_via=quote)}"
    )
