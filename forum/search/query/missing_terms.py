"""The words of a query that a row lacks, for display with the hit."""

from collections.abc import Iterable, Sequence

from forum.search.index import postings
from forum.search.index.tables import POSTS, THREADS
from forum.search.query.query import ParsedQuery
from forum.search.query.retrieval import IndexHit
from forum.search.text.tokenizer import Term

WHOLE = 2**31 - 1  # characters: the whole text


def missing(rows: Sequence[IndexHit], terms: Sequence[Term], parsed: ParsedQuery) -> dict[IndexHit, tuple[str, ...]]:
    """The terms that each row lacks, as typed; the title of its thread counts for a reply."""
    titles = postings.titles(row.thread_id for row in rows)
    parts, missing_in = parsed.parts_of, {}
    for index in (THREADS, POSTS):
        own = [row for row in rows if row.index is index]
        texts = postings.texts(index, [row.rowid for row in own], length=WHOLE)
        for row in own:
            title = titles.get(row.thread_id, "")
            fields = [title] if parsed.in_title or row.rowid not in texts else [title, texts[row.rowid].body]
            lacking = (term for term in terms if not _is_in(term, fields) and not _is_in(parts.get(term, term), fields))
            missing_in[row] = tuple(map(parsed.surface, lacking))
    return missing_in


def _is_in(term: Term, texts: Iterable[str]) -> bool:
    words = f" {' '.join(term)} "
    return any(words in f" {text} " for text in texts)
