"""Masks a secret differently in every compressed page, so that the page's size reveals nothing about it (BREACH)."""

import secrets

MAX_MASKED_LENGTH = 256  # characters of a masked secret: four per byte of a digest, with room for longer secrets


def mask(secret: bytes) -> str:
    """A random pad followed by the secret XORed with it, in hexadecimal."""
    pad = secrets.token_bytes(len(secret))
    return (pad + _xor(pad, secret)).hex()


def unmask(text: str) -> bytes:
    """The unmasked secret; empty for text that is not hexadecimal or too long, garbage for text never masked."""
    if len(text) > MAX_MASKED_LENGTH:
        return b""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return b""
    half = len(raw) // 2
    return _xor(raw[:half], raw[half:])


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=False))
