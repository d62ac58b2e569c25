"""Add the words of replies to word_index, where the words of threads are counted: with a count of 0.

So words that occur only in replies can be suggested too. A job adds them, so that replying costs nothing more. A reply
that is committed only after the job has passed its id is missed until the next rebuild.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import func, select

from forum.infra.database.db import session, transaction
from forum.search.index import index_state, term_frequencies
from forum.search.index.store import store
from forum.search.index.tables import POSTS, Row

BATCH, BATCH_WORDS = 500, 10_000  # replies per run, words per statement
LENGTHS = range(3, 31)  # letters; shorter and longer words are not corrected
LAST_REPLY_KEY = "replies"  # in index_state: the id of the last reply processed


def index_new_replies() -> int:
    """Add the words of the next few replies in a transaction of its own; return the number of replies."""
    table = POSTS.table
    after = (
        select(table.c.rowid, table.c.body).where(table.c.rowid > last_indexed()).order_by(table.c.rowid).limit(BATCH)
    )
    rows = [Row(row.rowid, "", row.body) for row in session.execute(after)]
    session.rollback()
    if rows:
        with transaction():
            store().hold(alone=False)
            if not term_frequencies.is_rebuilding():
                add(rows)
    return len(rows)


def last_indexed() -> int:
    """The id of the last reply whose words were added."""
    return index_state.load_number(LAST_REPLY_KEY)


def add(rows: Iterable[Row]) -> None:
    """Add the words of replies and store the last one's id."""
    last, terms = 0, set[str]()
    for row in rows:
        last = row.rowid
        terms.update(correctable_words(row.body))
    add_terms(terms, last)


def forget_removed() -> None:
    """Begin again with the next reply after the newest one were removed: SQLite gives their ids out again."""
    newest = session.scalar(select(func.max(POSTS.table.c.rowid))) or 0
    if newest < index_state.load_number(LAST_REPLY_KEY):
        index_state.store(LAST_REPLY_KEY, newest)


def correctable_words(body: str) -> Iterator[str]:
    """The words of a row that are useful as corrections."""
    return (word for word in body.split() if len(word) in LENGTHS and word.isalpha())


def add_terms(terms: set[str], last: int) -> None:
    """Add words of replies, and store the id of the last one."""
    words = sorted(terms)
    for start in range(0, len(words), BATCH_WORDS):
        term_frequencies.add_terms(words[start : start + BATCH_WORDS])
    index_state.store(LAST_REPLY_KEY, last)
