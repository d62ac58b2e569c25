"""The query syntax and its limits; pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from forum.infra.errors import Invalid, MessageText
from forum.infra.text.messages import say
from forum.search.query.query import Compound, ParsedQuery, SearchQuery, TypedTerm
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
    "parse_search",
    "without_last_filter",
]

QUERY_MAX = 5000  # characters of any script: up to 60 kB in a URL; the server accepts 64 kB
PASTED_TEXT_MIN = (
    500  # characters; anything longer is pasted text, whose quotation marks and minus signs are not syntax
)
UNWANTED_MAX = 8  # excluded words and phrases, excluded authors, and excluded boards, each
PAGES_MAX = 50  # of 20 threads; beyond that, refine the query
SORTS = ("relevance", "date")
EXTENTS = ("all", "newest", "some")  # how many of the matches were found
_PART = re.compile(
    rf"(?P<minus>-?)(?:(?P<key>author|board|before|after|in):)?(?:(?P<quoted>{QUOTED})|(?P<bare>{BARE}))",
    re.IGNORECASE,
)
_LAST_FILTER = re.compile(rf"-?(?:author|board|before|after|in):(?:{QUOTED}|{BARE})?$", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)


def parse_search(query: SearchQuery, language: str = ENGLISH) -> ParsedQuery:
    """Parse words, “phrases”, -exclusions and author: board: before: after: in:title; raises Invalid for q."""
    if len(query.q) > QUERY_MAX:
        raise _refused(say("Searches can have at most %(num)d characters.", num=QUERY_MAX))
    parsed, collected = (
        ParsedQuery(query, language=language),
        _Collector(language, is_text=len(query.q) > PASTED_TEXT_MIN),
    )
    for part in _PART.finditer(query.q):
        if not part["key"]:
            collected.take(part)
            continue
        try:
            parsed = _filtered(parsed, part)
        except Invalid:
            if not collected.is_text:
                raise
            collected.take(part)
    excluded = (collected.unwanted, parsed.without_authors, parsed.without_boards)
    if any(len(set(terms)) > UNWANTED_MAX for terms in excluded):
        raise _refused(say("Exclude at most %(num)d words.", num=UNWANTED_MAX))
    return replace(
        parsed,
        terms=tuple(dict.fromkeys(collected.terms)),
        phrases=tuple(dict.fromkeys(collected.phrases)),
        compounds=tuple(dict.fromkeys(collected.compounds)),
        unwanted=tuple(dict.fromkeys(collected.unwanted)),
        typed=tuple(dict.fromkeys(collected.typed)),
        is_open=collected.is_open,
    )


def without_last_filter(q: str) -> str:
    """A query without the filter at its end, which may still be incomplete."""
    return _LAST_FILTER.sub("", q)


class _Collector:
    """Collects the words and phrases of a query, in order."""

    def __init__(self, language: str, *, is_text: bool) -> None:
        self._language, self.is_text = language, is_text
        self.terms, self.phrases, self.unwanted = list[Term](), list[Term](), list[Term]()
        self.compounds, self.typed = list[Compound](), list[TypedTerm]()
        self.is_open = False

    def take(self, part: re.Match[str]) -> None:
        """Add the words or the phrase of a part."""
        quoted = part["quoted"]
        text, start = (inside(quoted), part.start("quoted") + 1) if quoted else (part["bare"], part.start("bare"))
        terms, is_phrase = list(_words(text, start, self._language)), bool(quoted) and not self.is_text
        if part["minus"] and not self.is_text:
            self.unwanted += [phrase.term for phrase in _as_phrase(terms)]
            return
        self.is_open = is_phrase and is_open(quoted)
        if is_phrase:
            self.phrases += [phrase.term for phrase in _as_phrase(terms)]
            self.typed += [*_as_phrase(terms), *terms]
        for whole, parts in _with_compounds(terms, text, start):
            if not is_phrase or len(parts) == len(terms):
                self._take_word(whole, parts)

    def _take_word(self, whole: TypedTerm, parts: list[TypedTerm]) -> None:
        self.typed += [whole, *parts]
        self.terms.append(whole.term)
        if parts:
            self.compounds.append(Compound(whole.term[0], _joined(parts)))


def _with_compounds(terms: list[TypedTerm], text: str, offset: int) -> Iterator[tuple[TypedTerm, list[TypedTerm]]]:
    """The words of a part of the query, each compound with its parts."""
    left = terms
    for span in sorted(compounds(text), key=lambda span: (span.start, -span.end)):
        start, end = span.start + offset, span.end + offset
        parts = [term for term in left if start <= term.start < end]
        if parts:  # else it lies within the previous compound
            before = [term for term in left if term.start < start]
            yield from ((term, []) for term in before)
            yield TypedTerm((span.word,), start, end), parts
            left = left[len(before) + len(parts) :]
    yield from ((term, []) for term in left)


def _as_phrase(terms: list[TypedTerm]) -> list[TypedTerm]:
    """Join several words into a phrase."""
    return [TypedTerm(_joined(terms), terms[0].start, terms[-1].end)] if len(terms) > 1 else terms


def _joined(terms: list[TypedTerm]) -> Term:
    return tuple(word for typed in terms for word in typed.term)


def _filtered(parsed: ParsedQuery, part: re.Match[str]) -> ParsedQuery:
    """The query with the filter of a part applied."""
    key, value = part["key"].lower(), (inside(part["quoted"]) if part["quoted"] else part["bare"]).strip()
    if key in {"author", "board"}:
        return _named(parsed, key, value, is_excluded=bool(part["minus"]))
    if part["minus"]:
        raise _refused(say("A minus works only before words, author: and board:, not before “%(key)s:”.", key=key))
    if key == "in":
        if value.lower() != "title":
            raise _refused(say("“in:%(value)s” is not supported. Use in:title.", value=value))
        return replace(parsed, in_title=True)
    day = _day(key, value)
    return replace(
        parsed, query=replace(parsed.query, before=day) if key == "before" else replace(parsed.query, after=day)
    )


def _named(parsed: ParsedQuery, key: str, value: str, *, is_excluded: bool) -> ParsedQuery:
    if not value.strip("@"):
        raise _refused(say("Write a name right after “%(key)s:”.", key=key))
    if key == "author":
        value = value.removeprefix("@")
        if is_excluded:
            return replace(parsed, without_authors=(*parsed.without_authors, value))
        return replace(parsed, query=replace(parsed.query, author=value))
    if is_excluded:
        return replace(parsed, without_boards=(*parsed.without_boards, value))
    return replace(parsed, query=replace(parsed.query, board=value))


def _day(key: str, text: str) -> date:
    """A day, or the first day of a month or year."""
    match = _DAY.fullmatch(text)
    try:
        if match is not None:
            return date(*[int(number or 1) for number in match.groups()])
    except ValueError:
        pass
    raise _refused(
        say(
            "“%(key)s:%(value)s” is not a date. Write 2024-02-28, 2024-02 or 2024 after the colon.", key=key, value=text
        )
    )


def _refused(words: MessageText) -> Invalid:
    return Invalid({"q": [words]})


def _words(text: str, offset: int, language: str) -> Iterator[TypedTerm]:
    """The words of a part of the query; the overlapping bigrams of a script without spaces form one term."""
    term: list[str] = []
    start = end = 0
    for span in spans(text, language):
        if term and span.start >= end:
            yield TypedTerm(tuple(term), offset + start, offset + end)
            term = []
        start = start if term else span.start
        term.append(span.word)
        end = span.end
    if term:
        yield TypedTerm(tuple(term), offset + start, offset + end)
