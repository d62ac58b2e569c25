"""Says in plain words why a post looks like spam."""

from collections.abc import Iterable, Iterator, Mapping

from forum.infra.text.messages import Message, say
from forum.spam.bayes import Counts
from forum.spam.features import LINK_WORD

MOST_REASONS = 5
LEAST_WEIGHT = 1.0
_SHAPES = {
    "#disguised": say("words in disguise: letters of other alphabets, or spaces between letters"),
    "#links": say("the number of links"),
    "#length": say("the length of the text"),
    "#capitals": say("the share of capital letters"),
    "#digits": say("the share of digits"),
    "#lines": say("the number of lines"),
    "#exclamations": say("the number of exclamation marks"),
    "#unspaced": say("the script"),
}

_KINDS = {
    "d:": say("links to %(what)s"),
    "t:": say("links ending in .%(what)s"),
    "u:": say("a link with “%(what)s”"),
    "s:": say("the sign “%(what)s”"),
    "w:": say("the word “%(what)s”"),
    "p:": say("the words “%(what)s”"),
}
_ORDER = "dpwtusx#n"  # what is written says more than its shape: three kinds first, then three, then the shape


def reasons(counts: Counts, seen: Mapping[str, int]) -> list[str]:
    """The features that weighed most for spam, at most MOST_REASONS; `words_of` says them.

    A word within a pair that weighed more is left out.
    """
    weights = dict(zip(seen, counts.weights(list(seen.values())), strict=True))
    heavy = [name for name in seen if weights[name] >= LEAST_WEIGHT]
    ranked = sorted(heavy, key=lambda name: (_ORDER.find(name[0]) // 3, -weights[name], -len(name)))
    return list(_told(ranked))[:MOST_REASONS]


def _told(ranked: Iterable[str]) -> Iterator[str]:
    said: set[str] = set()
    for name in ranked:
        parts = set(name[2:].replace(LINK_WORD, "").split()) if name[0] != "#" else {name}
        if words_of(name) is not None and parts and not parts <= said:
            said |= parts
            yield name


def words_of(name: str) -> Message | None:
    """A feature in words, None if others say it better."""
    kind, what = name[:2], name[2:].strip()
    if name[0] == "#":
        return _SHAPES.get(name.partition(" ")[0])
    if LINK_WORD in what or kind in ("n:", "x:"):
        return None
    kind = "w:" if kind == "p:" and " " not in what else kind  # at the beginning of the text
    return Message(_KINDS[kind].msgid, {"what": what}) if kind in _KINDS else None
