"""Proof of work of the registration form, by protocol 2 of the library altcha.

A challenge names the first half of a key that PBKDF2 derives from a counter. The browser tries one counter after the
other, so the work is bounded; the server compares a signature and derives nothing. The library accepts a solution
twice, so the nonces of those used are stored until they expire, in the transaction that creates the account.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import altcha
from sqlalchemy import delete

from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import current_settings, session
from forum.members.signup.signs import recent_registrations
from forum.models import UsedProof
from forum.site.queries import snapshot

ALGORITHM, ITERATIONS = "PBKDF2/SHA-256", 2_000  # 0.5 ms for each counter on a desk, 3 ms on a cheap phone
SECONDS_VALID = 1_200
MOST_COUNTERS = {"low": 100, "normal": 400, "high": 1_600}  # that the browser tries, on average three quarters of them
WAVES = ((60, 4), (20, 2))  # so many registrations within ten minutes make the work so many times as long
MOST_COUNTERS_EVER = 3_200
PLAIN_HTTP_SHARE = 8  # browsers have no fast PBKDF2 on pages without TLS
MAX_PROOF = 2_000  # characters


class Proof(NamedTuple):
    """A right solution, which may have been used before."""

    nonce: str
    expires_at: datetime


def is_asked_for() -> bool:
    """Whether those who register have to compute something, or else answer a question."""
    return snapshot().proof_of_work in MOST_COUNTERS and current_settings().limits


def challenge(*, is_secure: bool = True) -> dict[str, Any]:
    """A new challenge for a browser; harder while many register."""
    most = min(MOST_COUNTERS_EVER, MOST_COUNTERS.get(snapshot().proof_of_work, 0) * _factor_of_wave())
    most = max(2, most if is_secure else most // PLAIN_HTTP_SHARE)
    made = altcha.create_challenge(
        ALGORITHM,
        ITERATIONS,
        counter=most // 2 + secrets.randbelow(most - most // 2),
        expires_at=int(clock.now().timestamp()) + SECONDS_VALID,
        hmac_secret=_key(b"challenge"),
        hmac_key_secret=_key(b"solution"),
    )
    return made.to_dict()


def _factor_of_wave() -> int:
    recent = recent_registrations()
    return next((factor for least, factor in WAVES if recent >= least), 1)


def verified(solution: str) -> Proof | None:
    """The proof in what a browser sent; None if it is wrong, not ours or too old."""
    if not solution or len(solution) > MAX_PROOF:
        return None
    try:
        payload = altcha.Payload.from_base64(solution)
        result = altcha.verify_solution(payload, _key(b"challenge"), hmac_key_secret=_key(b"solution"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    parameters = payload.challenge.parameters
    if not result.verified or not parameters.expires_at or parameters.expires_at < clock.now().timestamp():
        return None
    return Proof(parameters.nonce, datetime.fromtimestamp(parameters.expires_at, UTC))


def use(nonce: str, expires_at: datetime) -> bool:
    """Use up a proof, or the form that asked a question instead; False if that was done before.

    Of two at once only one gets it. It can be used again if the transaction fails.
    """
    statement = insert_into(UsedProof).values(nonce=nonce, expires_at=expires_at).on_conflict_do_nothing()
    return session.execute(statement.returning(UsedProof.nonce)).first() is not None


def forget_expired() -> None:
    """Delete the nonces of proofs that have expired; run by a job."""
    session.execute(delete(UsedProof).where(UsedProof.expires_at < clock.now() - timedelta(minutes=1)))


def _key(purpose: bytes) -> bytes:
    return hmac.digest(current_settings().secret_key.encode(), b"proof of work: " + purpose, "sha256")
