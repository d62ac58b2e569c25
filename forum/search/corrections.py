"""Did you mean: a word that occurs nowhere is compared with those that do, as far as the reader may see them."""

from sqlalchemy import func, select

from forum.base.db import session
from forum.base.markup.plain import plain_text
from forum.models import Member, Post, Thread
from forum.search.asked import Asked
from forum.search.found import Found, look
from forum.search.scope import Scope
from forum.search.sight import how_often, seen
from forum.search.tables import THREADS, WORDS, Expression
from forum.search.words import spans

SHORTEST = 4  # letters; shorter words are near to too many others
COMPARED = 2000  # the commonest words that begin alike
TRIED = 12  # of the nearest words, how many are looked for among what the reader may see
COUNTED = 20  # of what has a near word, how many: the commoner of two words that are as near is meant
CORRECTED = 3  # words of a query


def did_you_mean(actor: Member | None, asked: Asked) -> str:
    """The query with its misspelt words corrected, or nothing."""
    corrected = asked.query.q
    singles = [one for one in asked.typed if len(one.term) == 1 and len(one.term[0]) >= SHORTEST]
    there = set(seen(actor, [one.term[0] for one in singles], most=len(singles)))
    for one in reversed([one for one in singles if one.term[0] not in there][:CORRECTED]):
        if meant := _surface(actor, one.term[0], asked.language):
            corrected = corrected[: one.start] + meant + corrected[one.end :]
    return corrected if corrected != asked.query.q else ""


def _surface(actor: Member | None, word: str, language: str) -> str:
    """A near word as somebody wrote it where the reader may see it."""
    often = [(slipped, how_often(actor, near, most=COUNTED), near) for slipped, near in _near(word)[:TRIED]]
    visible = [(slipped, -count, near) for slipped, count, near in often if count]
    if not visible:
        return ""
    near = min(visible)[-1]
    for row in look(Scope(actor), THREADS, Expression(((near,),)), most=1).rows:
        text = _text(row)
        found = (span for span in spans(text, language) if span.word == near)
        return next((text[span.start : span.end].lower() for span in found), "")
    return ""


def _text(row: Found) -> str:
    title = session.scalar(select(Thread.title).where(Thread.id == row.thread_id)) or ""
    html = session.scalar(select(Post.html).where(Post.id == row.post_id)) if row.post_id else ""
    return f"{title}\n{plain_text(html or '')}"


def _near(word: str) -> list[tuple[int, str]]:
    """The words of the forum within one or two slips of a word: how many slips, and the word; the nearest first."""
    allowed = 1 if len(word) <= 5 else 2
    column = WORDS.c.word
    alike = select(column).where(column >= word[0], column < chr(ord(word[0]) + 1))
    alike = alike.where(func.length(column).between(len(word) - allowed, len(word) + allowed))
    known = session.scalars(alike.order_by(WORDS.c.documents.desc(), column).limit(COMPARED))
    ranked = [(slips(word, other, most=allowed), place, other) for place, other in enumerate(known)]
    return [(distance, other) for distance, _, other in sorted(ranked) if distance <= allowed]


def slips(one: str, other: str, *, most: int) -> int:
    """How many letters must be added, left out, changed or swapped with the next; more than `most` is `most` + 1."""
    if abs(len(one) - len(other)) > most or len(set(one) ^ set(other)) > 2 * most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        above, row = row, [i]
        for j, goal in enumerate(other, 1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != goal)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == goal:
                row[j] = min(row[j], before[j - 2] + 1)
        before = above
    return min(row[-1], most + 1)
