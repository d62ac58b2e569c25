"""Writing a secret into a page that is compressed: another way each time, so that its size tells nothing (BREACH)."""

import secrets

MAX_MASKED_LENGTH = 256  # characters of a masked secret: four for each byte of a digest, and room for longer ones


def mask(secret: bytes) -> str:
    """A secret in hexadecimal, behind as much chance."""
    pad = secrets.token_bytes(len(secret))
    return (pad + _either(pad, secret)).hex()


def unmask(text: str) -> bytes:
    """The secret again; nothing of what is no hexadecimal or too long, something else of what was never masked."""
    if len(text) > MAX_MASKED_LENGTH:
        return b""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return b""
    half = len(raw) // 2
    return _either(raw[:half], raw[half:])


def _either(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))
