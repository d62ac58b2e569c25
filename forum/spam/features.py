"""What the filter sees in a post: a set of hashed features (words, pairs of words, links, signs, counts)."""

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase, digits
from zlib import crc32

from forum.infra.text.characters import UNSPACED_LETTERS
from forum.spam.normalising import normalized, plain_readings

BUCKETS = 1 << 18
HEAD, TAIL = 3000, 1000  # characters read of a long post: spam stands at its beginning or its end
MOST_LINKS = 50
STEM = 5  # letters by which the forms of a word are one feature, in any language

_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u0670\u0900-\u0963\u0966-\u0dff"  # accents and vowel signs within words
_TOKEN = re.compile(  # characters of scripts without spaces, a number, a word, or a sign
    rf"([{UNSPACED_LETTERS}]+)|(\d+)(?![^\W\d_])"
    rf"|((?:[^\W_{UNSPACED_LETTERS}]|[{_MARKS}])+(?:['’][^\W_]+)?)|([^\w\s,.;:'’\"()-])"
)
_ASCII_TOKEN = re.compile(r"([^\x00-\x7f])|(\d+)(?![a-z])|([a-z\d]+(?:'[a-z\d]+)?)|([^\w\s,.;:'\"()-])", re.ASCII)
_CAPITALS, _SMALL, _DIGITS = ascii_uppercase.encode(), ascii_lowercase.encode(), digits.encode()
_GENERIC = "com|net|org|info|biz|xyz|top|online|site|store|shop|club|live|pro|ru|cn|uk|de|fr|pl|in|io|ly|gl|me|tv|app"
_LINK = re.compile(
    rf"(?:https?://|www\.)([^\s/?#<>()\[\]\"']+)([^\s<>()\[\]\"']*)"
    rf"|(?<![\w.@-])((?:[\w-]+\.)+(?:{_GENERIC}))(?![\w.-]*\w)(/[^\s<>()\[\]\"']*)?",
    re.I,
)
_PATH_WORD = re.compile(r"[a-z]{3,}", re.I)
NO_LINKS = "#links 0"
LINK_WORD = "ʟɪɴᴋ"  # stands for a link within the text; normalising leaves no other word of such letters


def features(text: str, links: Iterable[str] = ()) -> "array[int]":
    """The buckets of a text's features, sorted; `links` are targets that the text does not show."""
    return buckets(named_features(text, links))


def named_features(text: str, links: Iterable[str] = ()) -> dict[str, int]:
    """The features of a text by their names, with their buckets."""
    return {name: _bucket(name) for name in dict.fromkeys(names(text, links))}


def _bucket(name: str) -> int:
    return crc32(name.encode("utf-8", "replace")) & (BUCKETS - 1)


_NO_LINKS_BUCKET = _bucket(NO_LINKS)


def buckets(seen: Mapping[str, int]) -> "array[int]":
    """The buckets of named features, sorted."""
    return array("I", sorted(set(seen.values())))


def has_links(seen: Sequence[int]) -> bool:
    """Whether a text with these buckets has links."""
    return _NO_LINKS_BUCKET not in seen


def names(text: str, links: Iterable[str] = ()) -> list[str]:
    """The features of a text by their names, some several times: `w:cheap`, `p:cheap loan`, `d:pills.example`."""
    text = ends(text)
    found = _shape(text)
    text, disguised = normalized(text)
    text, targets = without_links(text, links)
    found += (f"#disguised {min(disguised, 3)}", f"#links {_few(len(targets))}")
    for target in sorted(targets)[:MOST_LINKS]:
        found += _link(target)
    found += _words(text)
    found += [f"w:{word}" for word in plain_readings(text)]
    return found


def ends(text: str) -> str:
    """A long text's beginning and end."""
    return f"{text[:HEAD]}\n{text[-TAIL:]}" if len(text) > HEAD + TAIL else text


def without_links(text: str, links: Iterable[str]) -> tuple[str, set[str]]:
    """A normalised text with a word in place of each link, and where they and others of `links` lead."""
    targets = {link.casefold().split("://")[-1] for link in links}

    def note(match: re.Match[str]) -> str:
        targets.add((match[1] or match[3]) + (match[2] or match[4] or ""))
        return f" {LINK_WORD} "

    return _LINK.sub(note, text), targets


def host_labels(target: str) -> list[str]:
    """The labels of a link's host, without `www`."""
    host = target.partition("/")[0]
    return host.rpartition("@")[2].partition(":")[0].strip(".").removeprefix("www.").split(".")


def _link(target: str) -> Iterator[str]:
    """A link's domain with its parents, its ending, and the words of its path."""
    labels, path = host_labels(target), target.partition("/")[2]
    for length in range(2, min(len(labels), 4) + 1):
        yield f"d:{'.'.join(labels[-length:])}"
    yield f"t:{labels[-1]}"
    for word in _PATH_WORD.findall(path)[:4]:
        yield f"u:{word}"


def _words(text: str) -> list[str]:
    found, before = list[str](), ""
    for unspaced, number, word, sign in (_ASCII_TOKEN if text.isascii() else _TOKEN).findall(text):
        if word:
            following = word[:40]
            found.append(f"w:{following}")
            if len(following) > STEM + 1:
                found.append(f"x:{following[:STEM]}")
            found.append(f"p:{before} {following}")
        elif number:
            following = f"0{min(len(number), 12)}"
            found += (f"n:{following}", f"p:{before} {following}")
            if len(number) < 5:
                found.append(f"w:{number}")
        elif unspaced:
            following = unspaced
            found += (f"w:{unspaced[at : at + 2]}" for at in range(max(1, len(unspaced) - 1)))
            found.append("#unspaced")
        else:
            found.append(f"s:{sign}")
            continue
        before = following
    return found


def _shape(text: str) -> list[str]:
    """Features of the text as typed: its length, capitals, lines."""
    capitals, small, numbers = _counts(text)
    return [
        f"#length {len(text).bit_length()}",
        f"#capitals {_share(capitals, capitals + small)}",
        f"#digits {_share(numbers, len(text))}",
        f"#lines {_few(text.count(chr(10)))}",
        f"#exclamations {_few(text.count('!'))}",
    ]


def _counts(text: str) -> tuple[int, int, int]:
    """How many capitals, small letters and digits a text has."""
    if text.isascii():
        raw = text.encode()
        capitals, small, numbers = (len(raw) - len(raw.translate(None, kind)) for kind in (_CAPITALS, _SMALL, _DIGITS))
    else:
        capitals, small, numbers = (sum(map(test, text)) for test in (str.isupper, str.islower, str.isdigit))
    return capitals, small, numbers


def _few(count: int) -> int:
    """0, 1, 2, 3 for 3 to 5, 4 for more."""
    return count if count < 3 else 3 if count < 6 else 4


def _share(part: int, whole: int) -> int:
    """A share in steps: none, under 5, 10, 20, 40, 60 per cent, more."""
    if not part:
        return 0
    return 1 + sum(part >= whole * step for step in (0.05, 0.1, 0.2, 0.4, 0.6))
