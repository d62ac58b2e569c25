"""What is asked of the search, as it is typed and taken apart: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from forum.search.index.tables import Expression
from forum.search.text.stemmers import ENGLISH
from forum.search.text.tokenizer import Term


@dataclass(frozen=True)
class SearchQuery:
    """What somebody looks for; author and board are names or ids as typed, dates are whole days of UTC."""

    q: str = ""
    author: str = ""
    board: str = ""
    after: date | None = None
    before: date | None = None
    sort: str = "relevance"
    thread: int | None = None


@dataclass(frozen=True)
class Typed:
    """A word or a phrase that is looked for, and where in the query it was typed."""

    term: Term
    start: int
    end: int


@dataclass(frozen=True)
class Compound:
    """A version, an IP address, a file name or the like: the word that it is as a whole, and its parts in their order.

    What has it as a whole comes first; what only has its parts side by side (4.1.89 where 4.1 is asked for) is next.
    """

    word: str
    parts: Term

    def is_in(self, text: str) -> bool:
        """Whether a text of the index has it as a whole."""
        return f" {self.word} " in f" {text} "


@dataclass(frozen=True)
class ParsedQuery:
    """A query taken apart: words any of which may do, phrases that must be there, terms that must not, filters.

    The authors' ids are looked up by the doors.
    """

    query: SearchQuery
    terms: tuple[Term, ...] = ()
    phrases: tuple[Term, ...] = ()
    compounds: tuple[Compound, ...] = ()
    unwanted: tuple[Term, ...] = ()
    in_title: bool = False
    without_authors: tuple[str, ...] = ()
    without_boards: tuple[str, ...] = ()
    author_id: int | None = None
    without_author_ids: frozenset[int] = frozenset()
    language: str = ENGLISH  # of the words
    is_open: bool = False  # whether the phrase at the end lacks its second quotation mark
    typed: tuple[Typed, ...] = field(default=(), compare=False)

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that counts, once, in the order typed; of a compound in quotation marks its word as a whole."""
        phrases = (term for term in self.phrases if term not in self.sequences)
        return tuple(dict.fromkeys(word for term in (*self.terms, *phrases) for word in term))

    @property
    def all_words(self) -> tuple[str, ...]:
        """The same and the parts of compounds."""
        return tuple(dict.fromkeys((*self.words, *(word for one in self.compounds for word in one.parts))))

    @property
    def everything(self) -> Expression:
        """All words and phrases."""
        return Expression((*self.phrases, *self.terms), (), self.unwanted, self.in_title)

    @property
    def everything_in_title(self) -> Expression:
        """All words and phrases, in the title."""
        return replace(self.everything, in_title=True)

    @property
    def loosened(self) -> "ParsedQuery":
        """The same with the words of phrases and compounds wherever they stand, all of them."""
        whole = {(one.word,) for one in self.compounds}
        phrases = tuple(dict.fromkeys((word,) for term in (*self.phrases, *self.sequences) for word in term))
        return replace(
            self, terms=tuple(term for term in self.terms if term not in whole), phrases=phrases, compounds=()
        )

    @property
    def parts_of(self) -> Mapping[Term, Term]:
        """The parts of compounds by their words as a whole."""
        return {(one.word,): one.parts for one in self.compounds}

    def put_together(self, text: str) -> str:
        """A text of the index with compounds in the place of their parts, where it has only these."""
        for one in self.compounds:
            if not one.is_in(text):
                text = f" {text} ".replace(f" {' '.join(one.parts)} ", f" {one.word} ")
        return text

    @property
    def in_parts(self) -> "ParsedQuery":
        """The same with compounds as their parts, side by side."""
        parts = self.parts_of
        terms = tuple(parts.get(term, term) for term in self.terms)
        typed = tuple(replace(one, term=parts.get(one.term, one.term)) for one in self.typed)
        return replace(self, terms=terms, typed=typed, compounds=())

    @property
    def exact(self) -> tuple[str, ...]:
        """The phrases and compounds, as they were typed."""
        words = [(one.word,) for one in self.compounds if one.parts not in self.phrases]
        return tuple(map(self.surface, (*self.phrases, *words)))

    @property
    def sequences(self) -> tuple[Term, ...]:
        """The parts of compounds."""
        return tuple(one.parts for one in self.compounds)

    def with_some(self, *terms: Term) -> Expression:
        """What must be there in any case, and one at least of some terms."""
        return Expression(self.phrases, terms, self.unwanted, self.in_title)

    def with_all(self, *terms: Term) -> Expression:
        """What must be there in any case, and some terms."""
        return Expression((*self.phrases, *terms), (), self.unwanted, self.in_title)

    @property
    def as_typed(self) -> tuple[str, ...]:
        """What is looked for, as it was typed and in that order."""
        wanted = {*self.terms, *self.phrases}
        places = {one.term: one for one in reversed(self.typed) if one.term in wanted}
        return tuple(map(self.surface, sorted(places, key=lambda term: places[term].start)))

    def surface(self, term: Term) -> str:
        """A word or phrase as it was typed."""
        return next((self.query.q[one.start : one.end] for one in self.typed if one.term == term), " ".join(term))
