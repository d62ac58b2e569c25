"""Random secrets that are handed out once, of which only the hash is stored."""

import hashlib
import secrets

BYTES = 32  # 256 bits: nobody guesses them, so a plain fast hash is enough to store them
MAX_LENGTH = 128


def new_secret(prefix: str = "") -> str:
    """A fresh secret of URL-safe characters."""
    return prefix + secrets.token_urlsafe(BYTES)


def digest(secret: str) -> str:
    """What is stored and looked up instead of the secret."""
    return hashlib.sha256(secret[:MAX_LENGTH].encode("utf-8", "surrogatepass")).hexdigest()
