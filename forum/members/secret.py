"""Random secrets that are handed out once, of which only the hash is stored."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

BYTES = 32  # 256 bits: nobody guesses them, so a plain fast hash is enough to store them
MAX_LENGTH = 128
MARK_BYTES = 9
MARK_LENGTH = 12  # characters of them


def new_secret(prefix: str = "") -> str:
    """A fresh secret of URL-safe characters."""
    return prefix + secrets.token_urlsafe(BYTES)


def signed_secret(key: str, prefix: str = "") -> str:
    """A fresh secret that whoever has the forum's key knows for one of its own without looking it up."""
    secret = new_secret(prefix)
    return secret + _mark(key, secret)


def is_signed(secret: str, key: str) -> bool:
    """Whether a secret was once handed out; whether it is still good, only its row says."""
    told, mark = secret[:-MARK_LENGTH], secret[-MARK_LENGTH:]
    return told.isascii() and mark.isascii() and hmac.compare_digest(mark, _mark(key, told))


def _mark(key: str, secret: str) -> str:
    keyed = hashlib.blake2b(secret.encode(), digest_size=MARK_BYTES, key=key.encode()[:64], person=b"forum login")
    return urlsafe_b64encode(keyed.digest()).decode()


def digest(secret: str) -> str:
    """What is stored and looked up instead of the secret."""
    return hashlib.sha256(secret[:MAX_LENGTH].encode("utf-8", "surrogatepass")).hexdigest()
