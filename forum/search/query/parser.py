"""How what is asked of the search is typed, and how much of it is answered; pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from forum.infra.errors import Invalid, MessageText
from forum.infra.messages import say
from forum.search.query.query import Compound, ParsedQuery, SearchQuery, Typed
from forum.search.text.quotation_marks import BARE, QUOTED, inside, is_open
from forum.search.text.stemmers import ENGLISH
from forum.search.text.tokenizer import Term, compounds, spans

__all__ = [
    "EXTENTS",
    "PAGES_MAX",
    "QUERY_MAX",
    "SORTS",
    "ParsedQuery",
    "SearchQuery",
    "take_apart",
    "without_last_filter",
]

QUERY_MAX = 5000  # characters, whatever the script: 60 kB in an address, of which the server takes 64
TEXT = 500  # characters; what is longer is a text that was pasted: quotation marks and minuses are characters of it
UNWANTED_MAX = 8  # words and phrases that must not be there, and names of authors and boards
PAGES_MAX = 50  # of 20 threads: who looks further adds a word instead
SORTS = ("relevance", "date")
EXTENTS = ("all", "newest", "some")  # of what answers: how much of it was found
_PART = re.compile(
    rf"(?P<minus>-?)(?:(?P<key>author|board|before|after|in):)?(?:(?P<quoted>{QUOTED})|(?P<bare>{BARE}))",
    re.IGNORECASE,
)
_LAST_FILTER = re.compile(rf"-?(?:author|board|before|after|in):(?:{QUOTED}|{BARE})?$", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)


def take_apart(query: SearchQuery, language: str = ENGLISH) -> ParsedQuery:
    """Read words, “phrases”, -unwanted ones and author: board: before: after: in:title; raises Invalid at q."""
    if len(query.q) > QUERY_MAX:
        raise _refused(say("Searches can have at most %(num)d characters.", num=QUERY_MAX))
    asked, said = ParsedQuery(query, language=language), _Said(language, is_text=len(query.q) > TEXT)
    for part in _PART.finditer(query.q):
        if not part["key"]:
            said.take(part)
            continue
        try:
            asked = _filtered(asked, part)
        except Invalid:
            if not said.is_text:
                raise
            said.take(part)
    left_out = (said.unwanted, asked.without_authors, asked.without_boards)
    if any(len(set(each)) > UNWANTED_MAX for each in left_out):
        raise _refused(say("Exclude at most %(num)d words.", num=UNWANTED_MAX))
    return replace(
        asked,
        terms=tuple(dict.fromkeys(said.terms)),
        phrases=tuple(dict.fromkeys(said.phrases)),
        compounds=tuple(dict.fromkeys(said.compounds)),
        unwanted=tuple(dict.fromkeys(said.unwanted)),
        typed=tuple(dict.fromkeys(said.typed)),
        is_open=said.is_open,
    )


def without_last_filter(q: str) -> str:
    """A query without the filter at its end, which may not be typed to its end."""
    return _LAST_FILTER.sub("", q)


class _Said:
    """The words and phrases of a query, in their order."""

    def __init__(self, language: str, *, is_text: bool) -> None:
        self._language, self.is_text = language, is_text
        self.terms, self.phrases, self.unwanted = list[Term](), list[Term](), list[Term]()
        self.compounds, self.typed = list[Compound](), list[Typed]()
        self.is_open = False

    def take(self, part: re.Match[str]) -> None:
        """Bring in the words or the phrase of a part."""
        quoted = part["quoted"]
        text, start = (inside(quoted), part.start("quoted") + 1) if quoted else (part["bare"], part.start("bare"))
        found, is_phrase = list(_placed(text, start, self._language)), bool(quoted) and not self.is_text
        if part["minus"] and not self.is_text:
            self.unwanted += [one.term for one in _in_one(found)]
            return
        self.is_open = is_phrase and is_open(quoted)
        if is_phrase:
            self.phrases += [one.term for one in _in_one(found)]
            self.typed += [*_in_one(found), *found]
        for whole, parts in _with_compounds(found, text, start):
            if not is_phrase or len(parts) == len(found):
                self._take_word(whole, parts)

    def _take_word(self, whole: Typed, parts: list[Typed]) -> None:
        self.typed += [whole, *parts]
        self.terms.append(whole.term)
        if parts:
            self.compounds.append(Compound(whole.term[0], _together(parts)))


def _with_compounds(found: list[Typed], text: str, offset: int) -> Iterator[tuple[Typed, list[Typed]]]:
    """The words of a part of the query, compounds as a whole and with the words that are in them."""
    left = found
    for span in sorted(compounds(text), key=lambda span: (span.start, -span.end)):
        start, end = span.start + offset, span.end + offset
        parts = [one for one in left if start <= one.start < end]
        if parts:  # else it lies within one before
            before = [one for one in left if one.start < start]
            yield from ((one, []) for one in before)
            yield Typed((span.word,), start, end), parts
            left = left[len(before) + len(parts) :]
    yield from ((one, []) for one in left)


def _in_one(found: list[Typed]) -> list[Typed]:
    """Several words as a phrase."""
    return [Typed(_together(found), found[0].start, found[-1].end)] if len(found) > 1 else found


def _together(found: list[Typed]) -> Term:
    return tuple(word for one in found for word in one.term)


def _filtered(asked: ParsedQuery, part: re.Match[str]) -> ParsedQuery:
    """The query with the filter of a part."""
    key, value = part["key"].lower(), (inside(part["quoted"]) if part["quoted"] else part["bare"]).strip()
    if key in {"author", "board"}:
        return _named(asked, key, value, is_left_out=bool(part["minus"]))
    if part["minus"]:
        raise _refused(say("A minus works only before words, author: and board:, not before “%(key)s:”.", key=key))
    if key == "in":
        if value.lower() != "title":
            raise _refused(say("“in:%(value)s” is not supported. Use in:title.", value=value))
        return replace(asked, in_title=True)
    day = _day(key, value)
    return replace(
        asked, query=replace(asked.query, before=day) if key == "before" else replace(asked.query, after=day)
    )


def _named(asked: ParsedQuery, key: str, value: str, *, is_left_out: bool) -> ParsedQuery:
    if not value.strip("@"):
        raise _refused(say("Write a name right after “%(key)s:”.", key=key))
    if key == "author":
        value = value.removeprefix("@")
        if is_left_out:
            return replace(asked, without_authors=(*asked.without_authors, value))
        return replace(asked, query=replace(asked.query, author=value))
    if is_left_out:
        return replace(asked, without_boards=(*asked.without_boards, value))
    return replace(asked, query=replace(asked.query, board=value))


def _day(key: str, text: str) -> date:
    """A day, or the first of a month or a year."""
    found = _DAY.fullmatch(text)
    try:
        if found is not None:
            return date(*[int(number or 1) for number in found.groups()])
    except ValueError:
        pass
    raise _refused(
        say(
            "“%(key)s:%(value)s” is not a date. Write 2024-02-28, 2024-02 or 2024 after the colon.", key=key, value=text
        )
    )


def _refused(words: MessageText) -> Invalid:
    return Invalid({"q": [words]})


def _placed(text: str, offset: int, language: str) -> Iterator[Typed]:
    """The words of a part of the query; the overlapping pairs of a script without spaces are one term."""
    term: list[str] = []
    start = end = 0
    for span in spans(text, language):
        if term and span.start >= end:
            yield Typed(tuple(term), offset + start, offset + end)
            term = []
        start = start if term else span.start
        term.append(span.word)
        end = span.end
    if term:
        yield Typed(tuple(term), offset + start, offset + end)
