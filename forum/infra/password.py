"""Passwords become argon2id hashes here; older forms are still read, so that they can be replaced at the next login."""

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
LEGACY_PREFIXES = ("pbkdf2:", "scrypt:")  # as Werkzeug writes them

_OLD = re.compile(r"(?:pbkdf2:(?P<digest>\w+)(?::\d+)?|scrypt(?::\d+){3})\$[^$]+\$[0-9a-f]+")
_ENDING = re.compile(r"\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{6,}\Z")  # salt and hash, in Base64
_hasher = PasswordHasher(
    time_cost=TIME_COST,
    memory_cost=MEMORY_KIB,
    parallelism=PARALLELISM,
    hash_len=HASH_BYTES,
    salt_len=SALT_BYTES,
    type=Type.ID,
)
# The hash of random bytes that were thrown away, with the parameters above: comparing with it costs the same.
DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$YHxNmo9ZqKKQoKhk5SAcmQ$mrJHXSaPkyZqVjwuE6iN1S/B3CnThqMUogpJU8fnTeo"


def hash_password(password: str) -> str:
    """The argon2id hash of a password in its composed Unicode form (NFC), with a salt of its own."""
    return _hasher.hash(_bytes(password))


def verify(stored: str, password: str) -> bool:
    """Whether a password is the one behind a stored hash, old forms included.

    A password is compared in its composed form (NFC), so it does not matter how a keyboard
    spells an accent; nothing else is changed: no trimming, no folding of case, no cutting.
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
    """Whether verify() can read a stored hash at all, whatever the password; nothing is computed."""
    if stored.startswith(LEGACY_PREFIXES):
        found = _OLD.fullmatch(stored)
        return found is not None and (found["digest"] is None or found["digest"] in hashlib.algorithms_available)
    try:
        extract_parameters(stored)
    except InvalidHashError:
        return False
    return _ENDING.search(stored) is not None


def verify_dummy(password: str) -> None:
    """Take as long as verify() does, for a name that does not exist."""
    verify(DUMMY_HASH, password)


def needs_rehash(stored: str) -> bool:
    """Whether a stored hash is of an older form or cheaper than what is made today."""
    try:
        return _hasher.check_needs_rehash(stored)
    except InvalidHashError:
        return True


def _verify_old(stored: str, password: str) -> bool:
    try:
        return any(check_password_hash(stored, form) for form in dict.fromkeys((password, _composed(password))))
    except ValueError:  # a method or a cost that this machine does not have
        return False


def _composed(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _bytes(password: str) -> bytes:
    return _composed(password).encode("utf-8", "surrogatepass")
