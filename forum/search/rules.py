"""What can be asked of the search, how it is typed, and how much of it is answered; pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from forum.base.errors import Invalid
from forum.base.text import say
from forum.search.stems import ENGLISH
from forum.search.tables import Expression, Term
from forum.search.words import spans

QUERY_MAX = 500  # characters
TERMS_MAX = 32  # words and phrases; the first ones count
PAGES_MAX = 50  # of 20 threads: who looks further adds a word instead
SORTS = ("relevance", "date")
_PART = re.compile(
    r'(?P<minus>-?)(?:(?P<key>author|board|before|after|in):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SearchQuery:
    """What somebody looks for; author and board are names or ids as typed, dates are whole days of UTC."""

    q: str = ""
    author: str = ""
    board: str = ""
    after: date | None = None
    before: date | None = None
    sort: str = "relevance"


@dataclass(frozen=True)
class Asked:
    """A query taken apart: words any of which may do, phrases that must be there, terms that must not, filters."""

    query: SearchQuery
    terms: tuple[Term, ...] = ()
    phrases: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    in_title: bool = False
    author_id: int | None = None  # of the member whom query.author names: the doors look them up
    language: str = ENGLISH  # of the words
    typed: tuple[str, ...] = field(default=(), compare=False)  # the plain words as typed, for corrections

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that counts, once, in the order typed."""
        return tuple(dict.fromkeys(word for term in (*self.terms, *self.phrases) for word in term))

    @property
    def everything(self) -> Expression:
        """All words and phrases."""
        return Expression((*self.phrases, *self.terms), (), self.unwanted, self.in_title)

    @property
    def everything_in_title(self) -> Expression:
        """All words and phrases, in the title."""
        return replace(self.everything, in_title=True)

    @property
    def with_loose_phrases(self) -> "Asked":
        """The same with the words of phrases wherever they stand."""
        return replace(self, terms=self.terms + tuple((word,) for term in self.phrases for word in term), phrases=())

    def with_rarest(self, often: Callable[[str], int], most: int) -> "Asked":
        """The same with the rarest terms only, where `often` says how often a word occurs."""
        rarest = sorted(self.terms, key=lambda term: min(often(word) for word in term))[:most]
        return replace(self, terms=tuple(term for term in self.terms if term in rarest))

    def with_word(self, word: str) -> Expression:
        """One word, and what must be there in any case."""
        return Expression((*self.phrases, (word,)), (), self.unwanted, self.in_title)


def take_apart(query: SearchQuery, language: str = ENGLISH) -> Asked:
    """Read words, "phrases", -unwanted ones and author: board: before: after: in:title; raises Invalid at q."""
    if len(query.q) > QUERY_MAX:
        raise Invalid({"q": [say("Search for at most %(num)d characters.", num=QUERY_MAX)]})
    asked = Asked(query, language=language)
    for part in _PART.finditer(query.q):
        asked = _with_part(asked, part)
    return replace(
        asked,
        terms=tuple(dict.fromkeys(asked.terms))[:TERMS_MAX],
        phrases=tuple(dict.fromkeys(asked.phrases))[:TERMS_MAX],
        unwanted=tuple(dict.fromkeys(asked.unwanted))[:TERMS_MAX],
    )


def _with_part(asked: Asked, part: re.Match[str]) -> Asked:
    value = part["phrase"] if part["phrase"] is not None else part["word"]
    filtered = _filtered(asked, (part["key"] or "").lower(), value)
    if filtered is not None:
        return filtered
    text = part.group().lstrip("-") if part["key"] else value
    found = terms_of(text, asked.language)
    if part["phrase"] is not None and not part["key"]:
        found = [tuple(word for term in found for word in term)] if found else []
        name = "unwanted" if part["minus"] else "phrases"
        return replace(asked, **{name: getattr(asked, name) + tuple(found)})
    if part["minus"]:
        return replace(asked, unwanted=asked.unwanted + tuple(found))
    return replace(asked, terms=asked.terms + tuple(found), typed=(*asked.typed, text))


def _filtered(asked: Asked, key: str, value: str) -> Asked | None:
    """The query with a filter that was typed into it; None if it is none."""
    query = asked.query
    if key in {"author", "board"} and value:
        return replace(asked, query=replace(query, author=value) if key == "author" else replace(query, board=value))
    if key == "in" and value.lower() == "title":
        return replace(asked, in_title=True)
    if key in {"before", "after"} and (day := _day(value)):
        return replace(asked, query=replace(query, before=day) if key == "before" else replace(query, after=day))
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def terms_of(text: str, language: str = ENGLISH) -> list[Term]:
    """The words of a text; the overlapping pairs of a script without spaces are one term."""
    return list(_terms(text, language))


def _terms(text: str, language: str) -> Iterator[Term]:
    term: list[str] = []
    end = 0
    for span in spans(text, language):
        if term and span.start >= end:
            yield tuple(term)
            term = []
        term.append(span.word)
        end = span.end
    if term:
        yield tuple(term)
