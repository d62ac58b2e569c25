"""Reserved names: names that impersonate staff or the forum."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from forum.members.confusables import skeleton
from forum.members.rules import username_key

WORDS = Path(__file__).parent / "words"
LEET = str.maketrans(
    {"4": "a", "@": "a", "3": "e", "5": "s", "$": "s", "7": "t", "8": "b", "6": "g", "9": "g", "2": "z"}
)
ALWAYS_REJECTED = ("admin", "moderator", "administrator", "webmaster", "sysop")  # rejected anywhere in a name
MIN_SUBSTRING_LETTERS = 6  # minimum letters of a protected name that is rejected anywhere in another name
ALLOWED_WORDS = ("badminton", "administer")
RESERVED_PATTERNS = (
    re.compile(r"[1-5](?:\d\d|xx)"),  # HTTP status codes
    re.compile(  # numbered host names
        r"(?:alpha|api|app|backup|beta|cdn|db|demo|dev|dns|ftp|host|imap|img|mail|mx|node|ns|pop|prod|proxy|server|smtp"
        r"|stage|staging|static|test|tests|v|vpn|web|ww|www)[-_.]?\d{1,4}"
    ),
    re.compile(r"[\w-]+\.(?:asp|aspx|atom|cgi|css|htm|html|ico|js|json|jsp|map|md|php|rss|txt|webmanifest|xml|ya?ml)"),
)
_REPEATED = re.compile(r"(.)\1+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=\D)(?=\d)|(?<=\d)(?=\D)|[_\-. ]+")


def claims_to_be_staff(name: str) -> bool:
    """Whether a name claims to be staff: "admin", "the-moderator", "Support_Team", "adm1n2024"."""
    whole = impersonation_key(name)
    if any(impersonation_key(word) in whole for word in ALWAYS_REJECTED) and not any(
        impersonation_key(word) in whole for word in ALLOWED_WORDS
    ):
        return True
    parts = [part for part in _CAMEL.split(name) if part]
    if any(impersonation_key(part) in _squeezed_words("staff") for part in parts):
        return True
    joined = "".join(impersonation_key(part) for part in parts)
    without_figures = "".join(impersonation_key(part) for part in parts if not part.isdecimal())
    return any(_is_made_of_claims(form) for form in (whole, joined, without_figures))


def is_reserved(name: str) -> bool:
    """Whether a name could be taken for a part of the site or for staff."""
    is_of_a_kind = any(kind.fullmatch(name.casefold()) for kind in RESERVED_PATTERNS)
    return is_of_a_kind or username_key(name) in _keys_of("reserved") or claims_to_be_staff(name)


def pretends_to_be(name: str, others: Iterable[str]) -> bool:
    """Whether a name looks similar to one of `others`, such as the names of staff."""
    whole, core = impersonation_key(name), _core(name)
    for other in others:
        protected = impersonation_key(other)
        if (
            protected == whole
            or _core(other) == core
            or (len(protected) >= MIN_SUBSTRING_LETTERS and protected in whole)
        ):
            return True
    return False


def uses_forum_name(name: str, forum_names: str) -> bool:
    """Whether a name is the forum's own name, alone or combined with staff or filler words."""
    whole, protected = impersonation_key(name), impersonation_key(forum_names)
    if not protected or protected not in whole:
        return False
    rest = whole.replace(protected, "", 1)
    return not rest or rest.isdecimal() or rest in _squeezed_words("fillers") or _is_made_of_claims(rest)


def impersonation_key(name: str) -> str:
    """A name with leetspeak digits read as letters, repeated letters collapsed and separators removed.

    It matches more names than username_key does.
    """
    letters = skeleton(name.translate(LEET)).translate(LEET).replace("cl", "d")
    return _REPEATED.sub(r"\1", re.sub(r"[\W_]+", "", letters))


def _core(name: str) -> str:
    """A squeezed name without filler words and digits."""
    parts = [impersonation_key(part) for part in _CAMEL.split(name) if part]
    kept = [part for part in parts if part not in _squeezed_words("fillers") and not part.isdecimal()]
    return re.sub(r"\d+$", "", "".join(kept)) or impersonation_key(name)


def _is_made_of_claims(text: str) -> bool:
    """Whether a squeezed name consists of staff words, at least one, fillers and digits only."""
    claims, around = _squeezed_words("staff") | _squeezed_words("offices"), _squeezed_words("fillers")
    reached: list[set[bool]] = [{False}, *(set() for _ in text)]  # at each letter: whether a claim came before
    for start, before in enumerate(reached):
        for end in range(start + 1, len(text) + 1) if before else ():
            piece = text[start:end]
            if piece in claims:
                reached[end] |= {True}
            if piece in around or piece.isdecimal():
                reached[end] |= before
    return True in reached[-1]


@cache
def _squeezed_words(file: str) -> frozenset[str]:
    return frozenset(impersonation_key(word) for word in words_of(file)) - {""}


@cache
def _keys_of(file: str) -> frozenset[str]:
    return frozenset(username_key(word) for word in words_of(file))


@cache
def words_of(file: str) -> tuple[str, ...]:
    """The words of a list in `words/`, without comments."""
    lines = (WORDS / f"{file}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())
