"""Random secrets of which only the hash is stored."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

BYTES = 32  # 256 bits cannot be guessed, so a fast hash is enough for storing
MAX_LENGTH = 128
MARK_BYTES = 9
MARK_LENGTH = 12  # characters of the encoded mark


def new_secret(prefix: str = "") -> str:
    """A new secret of URL-safe characters."""
    return prefix + secrets.token_urlsafe(BYTES)


def signed_secret(key: str, prefix: str = "") -> str:
    """A new secret with a MAC under the forum's key, by which it is recognized without a database lookup."""
    secret = new_secret(prefix)
    return secret + _mark(key, secret)


def is_signed(secret: str, key: str) -> bool:
    """Whether a secret was issued with this key; whether it is still valid, only its row tells."""
    body, mark = secret[:-MARK_LENGTH], secret[-MARK_LENGTH:]
    return body.isascii() and mark.isascii() and hmac.compare_digest(mark, _mark(key, body))


def _mark(key: str, secret: str) -> str:
    keyed = hashlib.blake2b(secret.encode(), digest_size=MARK_BYTES, key=key.encode()[:64], person=b"forum login")
    return urlsafe_b64encode(keyed.digest()).decode()


def digest(secret: str) -> str:
    """The hash that is stored and looked up instead of the secret."""
    return hashlib.sha256(secret[:MAX_LENGTH].encode("utf-8", "surrogatepass")).hexdigest()
