"""What is asked of the search, as it is typed and taken apart: pure."""

from dataclasses import dataclass, field, replace
from datetime import date

from forum.search.stems import ENGLISH
from forum.search.tables import Expression, Term


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
class Asked:
    """A query taken apart: words any of which may do, phrases that must be there, terms that must not, filters.

    The authors' ids are looked up by the doors.
    """

    query: SearchQuery
    terms: tuple[Term, ...] = ()
    phrases: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    in_title: bool = False
    without_authors: tuple[str, ...] = ()
    without_boards: tuple[str, ...] = ()
    author_id: int | None = None
    without_author_ids: frozenset[int] = frozenset()
    language: str = ENGLISH  # of the words
    typed: tuple[Typed, ...] = field(default=(), compare=False)

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
    def loosened(self) -> "Asked":
        """The same with the words of phrases wherever they stand, all of them."""
        return replace(self, phrases=tuple((word,) for term in self.phrases for word in term))

    def with_some(self, *words: str) -> Expression:
        """What must be there in any case, and one at least of some words."""
        return Expression(self.phrases, tuple((word,) for word in words), self.unwanted, self.in_title)

    def surface(self, term: Term) -> str:
        """A word or phrase as it was typed."""
        return next((self.query.q[one.start : one.end] for one in self.typed if one.term == term), " ".join(term))
