"""Prepared reasons that staff choose instead of writing the same again; they may add words of their own."""

from typing import NamedTuple

from forum.decisions.actions import Grounds
from forum.infra.errors import Invalid
from forum.infra.text.messages import one_line, say
from forum.models import ReasonFor
from forum.site.parts.prepared_reasons import Prepared
from forum.site.queries import snapshot

MAX_TOLD = 200  # characters of a reason, the prepared text and own words together


def offered_for(act: str) -> list[Prepared]:
    """The reasons that are prepared for an act, in their order."""
    return [each for each in snapshot().prepared_reasons if act in each.acts]


def grounds_of(act: ReasonFor, chosen: int | str | None, own: str, *, field: str) -> Grounds:
    """The reason whose id was chosen, followed by the own words, and the rule that it cites.

    Raises Invalid at `field` if it is not offered any more, at `reason` if both together are too long.
    """
    if not chosen:
        return Grounds(own)
    prepared = _found(act, chosen, field)
    told = one_line(f"{prepared.text} {own}")
    if len(told) > MAX_TOLD:
        words = "Together with the prepared reason, use at most %(most)d characters (you have %(num)d)."
        raise Invalid({"reason": [say(words, most=MAX_TOLD, num=len(told))]})
    return Grounds(told, prepared.rule)


class Answer(NamedTuple):
    """An answer in several lines: for which act, and the fields of the own words and of the prepared text."""

    act: ReasonFor
    words: str
    prepared: str


TO_REPORT = Answer(ReasonFor.ANSWER, "answer", "prepared_answer")
TO_APPEAL = Answer(ReasonFor.APPEAL, "reason", "prepared_reason")


def answer_of(answer: Answer, chosen: int | str | None, own: str, *, most: int) -> str:
    """The prepared answer whose id was chosen, followed by the own words.

    Raises Invalid at its field if it is not offered any more, at that of the words if both together are too long.
    """
    if not chosen:
        return own
    told = f"{_found(answer.act, chosen, answer.prepared).text}\n{own}".strip()
    if len(told) > most:
        raise Invalid({answer.words: [say("Together with the prepared reason this is too long.")]})
    return told


def _found(act: ReasonFor, chosen: int | str, field: str) -> Prepared:
    prepared = next((row for row in offered_for(act) if str(row.id) == str(chosen)), None)
    if prepared is None:
        raise Invalid({field: [say("This prepared reason is no longer offered. Choose another one.")]})
    return prepared
