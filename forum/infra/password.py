"""Password hashing with argon2id; older hashes can still be verified, and are replaced at the next login."""

import hashlib
import re
import unicodedata

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from werkzeug.security import check_password_hash

MEMORY_KIB, TIME_COST, PARALLELISM, SALT_BYTES, HASH_BYTES = (
    19456,
    2,
    1,
    16,
    32,
)  # OWASP Password Storage Cheat Sheet, argon2id
MAX_LENGTH = 1000
LEGACY_PREFIXES = ("pbkdf2:", "scrypt:")  # Werkzeug's formats

_OLD = re.compile(r"(?:pbkdf2:(?P<digest>\w+)(?::\d+)?|scrypt(?::\d+){3})\$[^$]+\$[0-9a-f]+")
_SALT_AND_HASH = re.compile(r"\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{6,}\Z")  # salt and hash, in Base64


def _hasher_with(memory_kib: int, time_cost: int) -> PasswordHasher:
    return PasswordHasher(
        time_cost=time_cost,
        memory_cost=memory_kib,
        parallelism=PARALLELISM,
        hash_len=HASH_BYTES,
        salt_len=SALT_BYTES,
        type=Type.ID,
    )


_hasher = _hasher_with(MEMORY_KIB, TIME_COST)
# The hash of discarded random bytes, with the parameters above: verifying against it takes the same time.
DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$YHxNmo9ZqKKQoKhk5SAcmQ$mrJHXSaPkyZqVjwuE6iN1S/B3CnThqMUogpJU8fnTeo"


def hash_password(password: str) -> str:
    """The argon2id hash of a password in Unicode form NFC, with a random salt."""
    return _hasher.hash(_bytes(password))


def use_cost(memory_kib: int = MEMORY_KIB, time_cost: int = TIME_COST) -> None:
    """Make new hashes in this process with this cost, such as a low one for tests that log in thousands of times."""
    global _hasher  # noqa: PLW0603 - one for the process
    _hasher = _hasher_with(memory_kib, time_cost)


def verify(stored: str, password: str) -> bool:
    """Whether a password matches a stored hash, including the old formats.

    The password is normalized to NFC, so that it does not matter how a keyboard composes accents. Nothing else is
    changed: no trimming, no case folding, no truncation.
    """
    if len(password) > MAX_LENGTH:
        return False
    if stored.startswith(LEGACY_PREFIXES):
        return _verify_old(stored, password)
    try:
        return _hasher.verify(stored, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def is_readable(stored: str) -> bool:
    """Whether verify() supports the format of a stored hash; checks the syntax only."""
    if stored.startswith(LEGACY_PREFIXES):
        match = _OLD.fullmatch(stored)
        return match is not None and (match["digest"] is None or match["digest"] in hashlib.algorithms_available)
    try:
        extract_parameters(stored)
    except InvalidHashError:
        return False
    return _SALT_AND_HASH.search(stored) is not None


def verify_dummy(password: str) -> None:
    """Take as long as verify(), for a username that does not exist."""
    verify(DUMMY_HASH, password)


def needs_rehash(stored: str) -> bool:
    """Whether a stored hash has an old format or other parameters than new hashes."""
    try:
        return _hasher.check_needs_rehash(stored)
    except InvalidHashError:
        return True


def _verify_old(stored: str, password: str) -> bool:
    try:
        return any(check_password_hash(stored, form) for form in dict.fromkeys((password, _nfc(password))))
    except ValueError:  # a hash method or cost that this machine does not support
        return False


def _nfc(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _bytes(password: str) -> bytes:
    return _nfc(password).encode("utf-8", "surrogatepass")
