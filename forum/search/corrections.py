"""Did you mean: a word that occurs nowhere is compared with those that do, as far as the reader may see them."""

from sqlalchemy import select

from forum.base.among import among
from forum.base.db import session
from forum.base.markup.plain import plain_text
from forum.models import Member, Post, Thread
from forum.search import frequencies
from forum.search.asked import Asked
from forum.search.cost import affordable
from forum.search.found import Found, look
from forum.search.scope import Scope
from forum.search.sight import how_often, seen
from forum.search.slips import one_slip, slips
from forum.search.tables import POSTS, THREADS, WORDS, Expression
from forum.search.words import every_span, folded, words

SHORTEST, LEAST = 4, 3  # letters of a word, and of what is left of the one that was meant without its ending
LONG = 6  # letters; so long a word may have two slips, if it begins well
BEGINNING = 2  # letters
COMPARED = 2_000  # the commonest words that begin alike
TRIED = 12  # of the nearest words, how many are looked for among what the reader may see
COUNTED = 20  # of what has a near word, how many: the commoner of two words that are as near is meant
CORRECTED = 3  # words of a query


def did_you_mean(actor: Member | None, asked: Asked) -> str:
    """The query with its misspelt words corrected, or nothing."""
    q = asked.query.q
    whole = {(one.word,) for one in asked.compounds}
    typed = (one for one in asked.typed if len(one.term) == 1 and one.term not in whole)
    singles = {one.start: one for one in typed if len(one.term[0]) >= SHORTEST}
    there = set(seen(actor, [one.term[0] for one in singles.values()], most=len(singles)))
    odd = [one for one in singles.values() if one.term[0] not in there][:CORRECTED]
    for one in sorted(odd, key=lambda one: -one.start):
        meant = _meant(actor, asked.query.q[one.start : one.end], asked.language)
        q = q[: one.start] + meant + q[one.end :] if meant else q
    return q if q != asked.query.q else ""


def _meant(actor: Member | None, typed: str, language: str) -> str:
    """A near word as somebody wrote it where the reader may see it."""
    for near in (_within_one_slip(typed, language), _within_two_slips(typed, language)):
        known = frequencies.known(near[:TRIED])
        often = [(how_often(actor, word, known, most=COUNTED), word) for word in near[:TRIED]]
        visible = [(-count, word) for count, word in often if count]
        if visible:
            return _surface(actor, min(visible)[-1], language)
    return ""


def _within_one_slip(typed: str, language: str) -> list[str]:
    """The words of the forum that are a slip away from what is typed, the commonest first."""
    cut = [words(variant, language) for variant in one_slip(folded(typed))]
    alike = {found[0] for found in cut if len(found) == 1 and len(found[0]) >= LEAST}
    known = select(WORDS.c.word).where(among(WORDS.c.word, sorted(alike)))
    return list(session.scalars(known.order_by(WORDS.c.documents.desc(), WORDS.c.word).limit(TRIED)))


def _within_two_slips(typed: str, language: str) -> list[str]:
    """The words of the forum that begin like what is typed and are two slips away, the commonest first."""
    [word] = words(typed, language)
    if len(word) < LONG:
        return []
    lengths = len(word) - 2, len(word) + 2
    known = frequencies.beginning_with(word[:BEGINNING], most=COMPARED, lengths=lengths)
    forms = {word, folded(typed)[:-1]}  # a slip may keep the ending on
    return [other for other in known if any(slips(form, other, most=2) <= 2 for form in forms)]


def _surface(actor: Member | None, word: str, language: str) -> str:
    """A word of the index as somebody wrote it."""
    asked = affordable(Expression(((word,),)), frequencies.known([word]))
    for index in (THREADS, POSTS):
        for row in look(Scope(actor), index, asked, most=1).rows:
            text = _text(row)
            found = (span for span in every_span(text, language) if span.word == word)
            return next((text[span.start : span.end].lower() for span in found), "")
    return ""


def _text(row: Found) -> str:
    title = session.scalar(select(Thread.title).where(Thread.id == row.thread_id)) if row.index is THREADS else ""
    html = session.scalar(select(Post.html).where(Post.id == row.post_id)) if row.post_id else ""
    return f"{title}\n{plain_text(html or '')}"
