"""Names that pretend to speak for the forum, or to be somebody who does."""

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
ALWAYS_REJECTED = ("admin", "moderator", "administrator", "webmaster", "sysop")  # refused wherever they stand in a name
MIN_SUBSTRING_LETTERS = 6  # letters from which a name is refused wherever it stands in another
ALLOWED_WORDS = ("badminton", "administer")
RESERVED_PATTERNS = (
    re.compile(r"[1-5](?:\d\d|xx)"),  # statuses of HTTP
    re.compile(  # machines and what they are for, numbered
        r"(?:alpha|api|app|backup|beta|cdn|db|demo|dev|dns|ftp|host|imap|img|mail|mx|node|ns|pop|prod|proxy|server|smtp"
        r"|stage|staging|static|test|tests|v|vpn|web|ww|www)[-_.]?\d{1,4}"
    ),
    re.compile(r"[\w-]+\.(?:asp|aspx|atom|cgi|css|htm|html|ico|js|json|jsp|map|md|php|rss|txt|webmanifest|xml|ya?ml)"),
)
_REPEATED = re.compile(r"(.)\1+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=\D)(?=\d)|(?<=\d)(?=\D)|[_\-. ]+")


def claims_to_be_staff(name: str) -> bool:
    """Whether a name claims to speak for the forum: "admin", "the-moderator", "Support_Team", "adm1n2024"."""
    look = impersonation_key(name)
    if any(impersonation_key(word) in look for word in ALWAYS_REJECTED) and not any(
        impersonation_key(word) in look for word in ALLOWED_WORDS
    ):
        return True
    parts = [part for part in _CAMEL.split(name) if part]
    if any(impersonation_key(part) in _squeezed_words("staff") for part in parts):
        return True
    joined = "".join(impersonation_key(part) for part in parts)
    without_figures = "".join(impersonation_key(part) for part in parts if not part.isdecimal())
    return any(_is_made_of_claims(form) for form in (look, joined, without_figures))


def is_reserved(name: str) -> bool:
    """Whether a whole name is one that programs and people take for a part of the site."""
    is_of_a_kind = any(kind.fullmatch(name.casefold()) for kind in RESERVED_PATTERNS)
    return is_of_a_kind or username_key(name) in _keys_of("reserved") or claims_to_be_staff(name)


def pretends_to_be(name: str, others: Iterable[str]) -> bool:
    """Whether a name looks like one of others to a quick eye: for the names of those who speak for the forum."""
    look, core = impersonation_key(name), _core(name)
    for other in others:
        true = impersonation_key(other)
        if true == look or _core(other) == core or (len(true) >= MIN_SUBSTRING_LETTERS and true in look):
            return True
    return False


def uses_forum_name(name: str, house: str) -> bool:
    """Whether a name is the forum's own, alone or with words of staff and the like around it."""
    look, true = impersonation_key(name), impersonation_key(house)
    if not true or true not in look:
        return False
    rest = look.replace(true, "", 1)
    return not rest or rest.isdecimal() or rest in _squeezed_words("fillers") or _is_made_of_claims(rest)


def impersonation_key(name: str) -> str:
    """A name as it looks when figures stand for letters and doubled letters for one; stricter than its key."""
    letters = skeleton(name.translate(LEET)).translate(LEET).replace("cl", "d")
    return _REPEATED.sub(r"\1", re.sub(r"[\W_]+", "", letters))


def _core(name: str) -> str:
    """A squeezed name without the words around it that add nothing."""
    parts = [impersonation_key(part) for part in _CAMEL.split(name) if part]
    kept = [part for part in parts if part not in _squeezed_words("fillers") and not part.isdecimal()]
    return re.sub(r"\d+$", "", "".join(kept)) or impersonation_key(name)


def _is_made_of_claims(look: str) -> bool:
    """Whether a squeezed name is nothing but claims, at least one, with figures and the words that go around them."""
    claims, around = _squeezed_words("staff") | _squeezed_words("offices"), _squeezed_words("fillers")
    reached: list[set[bool]] = [{False}, *(set() for _ in look)]  # at each letter: whether a claim came before
    for start, before in enumerate(reached):
        for end in range(start + 1, len(look) + 1) if before else ():
            piece = look[start:end]
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
    """The words of one of our lists, without its comments."""
    lines = (WORDS / f"{file}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())
