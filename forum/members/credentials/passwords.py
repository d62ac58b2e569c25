"""Password rules: long rather than complex, not common, not derived from what others know of the member."""

import re
import unicodedata
from collections.abc import Collection
from threading import Lock

from sqlalchemy import select

from forum.infra.database.db import current_settings, session
from forum.infra.errors import Invalid, MessageText
from forum.infra.password import hash_password
from forum.infra.text.messages import say
from forum.members.rules import MAX_PASSWORD, PASSWORD_LENGTH, STAFF_PASSWORD_LENGTH
from forum.models import SiteSetting

MIN_OWN_CHARS = 5  # characters that must remain after removing what is known of the member
ESTIMATED_CHARS = 16  # characters whose strength is estimated at once: at most about 16 ms
MAX_ESTIMATED_LENGTH = 32  # characters; longer passwords may begin with a common one
SYMBOLS, MAX_ESTIMATED_SYMBOLS = frozenset("@{[(<&#!/|$+%"), 4
MIN_GUESSES = 1_000_000
_estimating = Lock()  # zxcvbn keeps what is known of the member in a module variable
_WORD = re.compile(r"[^\W\d_]{3,}")


def hash_new(password: str, *, username: str, email: str, is_staff: bool = False, field: str = "password") -> str:
    """Validate and hash a new password. Raises Invalid at `field` if it is too weak."""
    faults = faults_of(password, username=username, email=email, is_staff=is_staff)
    if faults:
        raise Invalid({field: faults})
    return hash_password(password)


def faults_of(password: str, *, username: str, email: str, is_staff: bool = False) -> list[MessageText]:
    """The faults of a new password; empty if none."""
    if len(password) > MAX_PASSWORD:
        return [say("Use at most %(num)d characters.", num=MAX_PASSWORD)]
    least = STAFF_PASSWORD_LENGTH if is_staff else PASSWORD_LENGTH
    if len(unicodedata.normalize("NFC", password)) < least:
        return [say("Use at least %(num)d characters; several words make a good password.", num=least)]
    if "\0" in password:
        return [say("Passwords cannot contain the NUL character.")]
    site = _site_name()
    known = {username, email, email.partition("@")[0], site, *_WORD.findall(username), *_WORD.findall(site)}
    if _is_mostly(password, known):
        return [say("This is too similar to your name, your e-mail address or the name of this forum.")]
    if is_common(password, known):
        return [say("This password is too easy to guess. Choose another one.")]
    return []


def is_common(password: str, known: Collection[str] = ()) -> bool:
    """Whether a password is found in about a million guesses, by those who know these words of the member.

    It is estimated in parts, as the time grows with the square of the length. Readings of symbols as letters multiply
    it: with more than MAX_ESTIMATED_SYMBOLS of them a password is no variant of a common one anyway.
    """
    piece = password[: (password * 2).find(password, 1)]  # all of it, unless it is a piece repeated
    if len(piece) > MAX_ESTIMATED_LENGTH or len(SYMBOLS.intersection(piece)) > MAX_ESTIMATED_SYMBOLS:
        return False
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its word lists take 13 MiB and 40 ms, in processes that need them

    guesses = 1
    for start in range(0, len(piece), ESTIMATED_CHARS):
        with _estimating:
            guesses *= int(zxcvbn(piece[start : start + ESTIMATED_CHARS], sorted(known))["guesses"])
        if guesses >= MIN_GUESSES:
            return False
    return True


def _is_mostly(password: str, known: set[str]) -> bool:
    """Whether fewer than MIN_OWN_CHARS characters of a password remain without what others know of the member."""
    folded = password.casefold()
    pieces = {piece.casefold().strip() for piece in known}
    for piece in sorted((piece for piece in pieces if len(piece) >= 3), key=len, reverse=True):
        for form in (piece, piece[::-1], re.sub(r"\W", "", piece)):
            folded = folded.replace(form, "") if len(form) >= 3 else folded
    return len(folded) < MIN_OWN_CHARS and folded != password.casefold()


def _site_name() -> str:
    if current_settings().site_name:
        return current_settings().site_name
    return str(session.scalar(select(SiteSetting.value).where(SiteSetting.name == "name")) or "")
