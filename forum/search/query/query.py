"""A search query, as typed and as parsed; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from forum.search.index.tables import Expression
from forum.search.text.stemmers import ENGLISH
from forum.search.text.tokenizer import Term


@dataclass(frozen=True)
class SearchQuery:
    """A query as typed; author and board are names or ids, dates are whole days in UTC."""

    q: str = ""
    author: str = ""
    board: str = ""
    after: date | None = None
    before: date | None = None
    sort: str = "relevance"
    thread: int | None = None


@dataclass(frozen=True)
class TypedTerm:
    """A word or phrase of the query, and its position there."""

    term: Term
    start: int
    end: int


@dataclass(frozen=True)
class Compound:
    """A version, an IP address, a file name or the like: its indexed form as one word, and its parts in order.

    Texts with the whole compound rank first, then those with only its parts adjacent (4.1.89 for the query 4.1).
    """

    word: str
    parts: Term

    def is_in(self, text: str) -> bool:
        """Whether an indexed text contains the whole compound."""
        return f" {self.word} " in f" {text} "


@dataclass(frozen=True)
class ParsedQuery:
    """A parsed query: words (any may match), phrases (required), excluded terms and filters.

    The caller looks up the authors' ids.
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
    is_open: bool = False  # whether the phrase at the end lacks its closing quotation mark
    typed: tuple[TypedTerm, ...] = field(default=(), compare=False)

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that is scored, once, in the order typed; a quoted compound counts as one word."""
        phrases = (term for term in self.phrases if term not in self.sequences)
        return tuple(dict.fromkeys(word for term in (*self.terms, *phrases) for word in term))

    @property
    def all_words(self) -> tuple[str, ...]:
        """`words` and the parts of compounds."""
        return tuple(dict.fromkeys((*self.words, *(word for compound in self.compounds for word in compound.parts))))

    @property
    def everything(self) -> Expression:
        """An expression that requires all words and phrases."""
        return Expression((*self.phrases, *self.terms), (), self.unwanted, self.in_title)

    @property
    def everything_in_title(self) -> Expression:
        """An expression that requires all words and phrases in the title."""
        return replace(self.everything, in_title=True)

    @property
    def loosened(self) -> "ParsedQuery":
        """The query with phrases and compounds replaced by their words, all required, in any position."""
        whole = {(compound.word,) for compound in self.compounds}
        phrases = tuple(dict.fromkeys((word,) for term in (*self.phrases, *self.sequences) for word in term))
        return replace(
            self, terms=tuple(term for term in self.terms if term not in whole), phrases=phrases, compounds=()
        )

    @property
    def parts_of(self) -> Mapping[Term, Term]:
        """The parts of each compound, by its indexed form."""
        return {(compound.word,): compound.parts for compound in self.compounds}

    def with_compounds_joined(self, text: str) -> str:
        """An indexed text with the parts of compounds replaced by the compounds, unless it contains these."""
        for compound in self.compounds:
            if not compound.is_in(text):
                text = f" {text} ".replace(f" {' '.join(compound.parts)} ", f" {compound.word} ")
        return text

    @property
    def in_parts(self) -> "ParsedQuery":
        """The query with compounds replaced by the sequences of their parts."""
        parts = self.parts_of
        terms = tuple(parts.get(term, term) for term in self.terms)
        typed = tuple(
            replace(typed_term, term=parts.get(typed_term.term, typed_term.term)) for typed_term in self.typed
        )
        return replace(self, terms=terms, typed=typed, compounds=())

    @property
    def exact(self) -> tuple[str, ...]:
        """The phrases and compounds, as typed."""
        words = [(compound.word,) for compound in self.compounds if compound.parts not in self.phrases]
        return tuple(map(self.surface, (*self.phrases, *words)))

    @property
    def sequences(self) -> tuple[Term, ...]:
        """The parts of compounds."""
        return tuple(compound.parts for compound in self.compounds)

    def with_some(self, *terms: Term) -> Expression:
        """An expression for the required phrases and at least one of some terms."""
        return Expression(self.phrases, terms, self.unwanted, self.in_title)

    def with_all(self, *terms: Term) -> Expression:
        """An expression for the required phrases and all of some terms."""
        return Expression((*self.phrases, *terms), (), self.unwanted, self.in_title)

    @property
    def as_typed(self) -> tuple[str, ...]:
        """The terms and phrases searched for, as typed and in that order."""
        wanted = {*self.terms, *self.phrases}
        first_uses = {typed.term: typed for typed in reversed(self.typed) if typed.term in wanted}
        return tuple(map(self.surface, sorted(first_uses, key=lambda term: first_uses[term].start)))

    def surface(self, term: Term) -> str:
        """A word or phrase as typed."""
        return next((self.query.q[word.start : word.end] for word in self.typed if word.term == term), " ".join(term))
