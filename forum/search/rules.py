"""How what is asked of the search is typed, and how much of it is answered; pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from forum.base.errors import Invalid, Words
from forum.base.text import say
from forum.search.asked import Asked, SearchQuery, Typed
from forum.search.stems import ENGLISH
from forum.search.words import spans

__all__ = ["EXTENTS", "PAGES_MAX", "QUERY_MAX", "SORTS", "Asked", "SearchQuery", "take_apart", "without_last_filter"]

QUERY_MAX = 500  # characters
TERMS_MAX = 32  # words and phrases; the first ones count
UNWANTED_MAX = 8  # words and phrases that must not be there, and names of authors and boards
PAGES_MAX = 50  # of 20 threads: who looks further adds a word instead
SORTS = ("relevance", "date")
EXTENTS = ("all", "newest", "some")  # of what answers: how much of it was found
_PART = re.compile(
    r'(?P<minus>-?)(?:(?P<key>author|board|before|after|in):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))',
    re.IGNORECASE,
)
_LAST_FILTER = re.compile(r'-?(?:author|board|before|after|in):(?:"[^"]*"?|[^\s"]*)$', re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)


def take_apart(query: SearchQuery, language: str = ENGLISH) -> Asked:
    """Read words, "phrases", -unwanted ones and author: board: before: after: in:title; raises Invalid at q."""
    if len(query.q) > QUERY_MAX:
        raise _refused(say("Search for at most %(num)d characters.", num=QUERY_MAX))
    asked = Asked(query, language=language)
    for part in _PART.finditer(query.q):
        asked = _filtered(asked, part) if part["key"] else _with_words(asked, part)
    left_out = (asked.unwanted, asked.without_authors, asked.without_boards)
    if any(len(set(each)) > UNWANTED_MAX for each in left_out):
        raise _refused(say("Leave out at most %(num)d words.", num=UNWANTED_MAX))
    return replace(
        asked,
        terms=tuple(dict.fromkeys(asked.terms))[:TERMS_MAX],
        phrases=tuple(dict.fromkeys(asked.phrases))[:TERMS_MAX],
        unwanted=tuple(dict.fromkeys(asked.unwanted)),
    )


def without_last_filter(q: str) -> str:
    """A query without the filter at its end, which may not be typed to its end."""
    return _LAST_FILTER.sub("", q)


def _with_words(asked: Asked, part: re.Match[str]) -> Asked:
    """The query with the words or the phrase of a part."""
    group = "word" if part["phrase"] is None else "phrase"
    found = list(_placed(part[group], part.start(group), asked.language))
    whole = found
    if len(found) > 1 and (group == "phrase" or part["minus"]):
        whole = [Typed(tuple(word for one in found for word in one.term), found[0].start, found[-1].end)]
    terms = tuple(one.term for one in whole)
    if part["minus"]:
        return replace(asked, unwanted=asked.unwanted + terms)
    name = "terms" if group == "word" else "phrases"
    typed = tuple(dict.fromkeys((*asked.typed, *whole, *found)))
    return replace(asked, typed=typed, **{name: getattr(asked, name) + terms})


def _filtered(asked: Asked, part: re.Match[str]) -> Asked:
    """The query with the filter of a part."""
    key, value = part["key"].lower(), (part["word"] if part["phrase"] is None else part["phrase"]).strip()
    if key in {"author", "board"}:
        return _named(asked, key, value, is_left_out=bool(part["minus"]))
    if part["minus"]:
        raise _refused(say("A minus goes before words, author: and board: only, not before “%(key)s:”.", key=key))
    if key == "in":
        if value.lower() != "title":
            raise _refused(say("Only in:title is known, not “in:%(value)s”.", value=value))
        return replace(asked, in_title=True)
    day = _day(key, value)
    return replace(
        asked, query=replace(asked.query, before=day) if key == "before" else replace(asked.query, after=day)
    )


def _named(asked: Asked, key: str, value: str, *, is_left_out: bool) -> Asked:
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
        say("“%(key)s:%(value)s” is no day: write 2024-02-28, 2024-02 or 2024 after the colon.", key=key, value=text)
    )


def _refused(words: Words) -> Invalid:
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
