"""Password rules: long rather than complex, not common, not derived from what others know of the member."""

import re
import string
import unicodedata
from functools import cache

from sqlalchemy import select

from forum.infra.db import current_settings, session
from forum.infra.errors import Invalid, MessageText
from forum.infra.messages import say
from forum.infra.password import hash_password
from forum.members.reserved_names import words_of
from forum.members.rules import MAX_PASSWORD, PASSWORD_LENGTH, STAFF_PASSWORD_LENGTH
from forum.models import SiteSetting

MIN_OWN_CHARS = 5  # characters that must remain after removing common parts and what is known of the member
LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
KEYBOARD_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm",
    "azertyuiop", "qsdfghjklm", "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm",
)  # fmt: skip
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
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
    if is_common(password):
        return [say("This password is too easy to guess. Choose another one.")]
    return []


def is_common(password: str) -> bool:
    """Whether a password is a common one, a sequence, a keyboard row, or a short piece repeated."""
    folded = password.casefold()
    return _is_repeated(folded) or _is_sequence(folded) or _is_one_of(folded, _common())


def _is_repeated(text: str) -> bool:
    """Whether a text is a repetition of at most four characters."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 5))


def _is_sequence(text: str) -> bool:
    """Whether a text runs along rows of the keyboard or the alphabet, forwards or backwards, with little else."""
    rows = [piece for row in KEYBOARD_ROWS for piece in (row, row[::-1])]
    left, start = 0, 0
    while start < len(text):
        run = max((_run(text, start, row) for row in rows), default=1)
        left += run < 3
        start += run if run >= 3 else 1
    return left < MIN_OWN_CHARS and left * 3 < len(text)


def _run(text: str, start: int, row: str) -> int:
    length = 1
    while start + length < len(text) and text[start : start + length + 1] in row:
        length += 1
    return length


def _is_one_of(folded: str, words: frozenset[str]) -> bool:
    """Whether a text is one or two listed words, forwards or backwards, ignoring digits and punctuation around."""
    bare = _AROUND.sub("", folded)
    for text in {
        folded,
        folded.strip(string.punctuation),
        bare,
        _AROUND.sub("", folded.translate(LEET)),
        bare.translate(LEET),
    } - {""}:
        if any(_is_listed(form, words) for form in (text, text[::-1])):
            return True
    return False


def _is_listed(text: str, words: frozenset[str]) -> bool:
    return text in words or any(text[:at] in words and text[at:] in words for at in range(1, len(text)))


def _is_mostly(password: str, known: set[str]) -> bool:
    """Whether fewer than MIN_OWN_CHARS characters of a password remain without what others know of the member."""
    folded = password.casefold()
    pieces = {piece.casefold().strip() for piece in known}
    for piece in sorted((piece for piece in pieces if len(piece) >= 3), key=len, reverse=True):
        for form in (piece, piece[::-1], re.sub(r"\W", "", piece)):
            folded = folded.replace(form, "") if len(form) >= 3 else folded
    return len(folded) < MIN_OWN_CHARS and folded != password.casefold()


@cache
def _common() -> frozenset[str]:
    words = {word.casefold() for word in words_of("passwords")}
    return frozenset(words | {word.translate(LEET) for word in words})


def _site_name() -> str:
    if current_settings().site_name:
        return current_settings().site_name
    return str(session.scalar(select(SiteSetting.value).where(SiteSetting.name == "name")) or "")
