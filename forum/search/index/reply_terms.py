"""The words of replies in word_index, where those of threads are counted: they stand there with no thread beside them.

So what occurs in replies only can be offered too, and replying costs nothing more: a job brings new words in. A reply
that is committed only when the job has come by is missed until the next rebuild.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import select

from forum.infra.db import session, transaction
from forum.search.index import index_state, term_frequencies
from forum.search.index.store import store
from forum.search.index.tables import POSTS, Row

BATCH, AT_ONCE = 500, 10_000  # replies that are looked at, words that are asked for by a statement
LENGTHS = range(3, 31)  # letters: what is shorter or longer is nobody's misspelt word
PLACE = "replies"  # in index_state: the last reply whose words are known


def index_new_replies() -> int:
    """Bring in the words of the next few replies, in a transaction of its own; says how many replies."""
    place = index_state.load_number(PLACE)
    table = POSTS.table
    after = select(table.c.rowid, table.c.body).where(table.c.rowid > place).order_by(table.c.rowid).limit(BATCH)
    rows = [Row(row.rowid, "", row.body) for row in session.execute(after)]
    session.rollback()
    if rows:
        with transaction():
            store().hold(alone=False)
            if not term_frequencies.is_rebuilding():
                add(rows)
    return len(rows)


def add(rows: Iterable[Row]) -> None:
    """Bring in the words of replies, the last of which is noted."""
    last, found = 0, set[str]()
    for row in rows:
        last = row.rowid
        found.update(fitting(row.body))
    add_terms(found, last)


def fitting(body: str) -> Iterator[str]:
    """The words of a row that somebody could have misspelt."""
    return (word for word in body.split() if len(word) in LENGTHS and word.isalpha())


def add_terms(found: set[str], last: int) -> None:
    """Bring in words of replies, and note the last of these."""
    words = sorted(found)
    for start in range(0, len(words), AT_ONCE):
        term_frequencies.add_terms(words[start : start + AT_ONCE])
    index_state.store(PLACE, last)
