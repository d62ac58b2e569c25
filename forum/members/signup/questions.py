"""The questions of the registration form, which stop programs that fill in any form."""

import unicodedata
from typing import NamedTuple

from forum.infra.errors import MessageText
from forum.infra.text.messages import comparison_key, one_line, say
from forum.members.signup.form_stamp import Stamp
from forum.site.queries import snapshot

SEPARATOR, BETWEEN_ANSWERS = "=", "|"


class Question(NamedTuple):
    """A question, and what its right answers are compared by."""

    text: MessageText
    keys: frozenset[str]


def answer_keys(answers: str) -> set[str]:
    """What answers, one per line, are compared by."""
    return {_key(line) for line in answers.splitlines() if _key(line)}


def more_questions(listed: str) -> list[Question]:
    """The questions of the list, one per line as `question = answer | other answer`; a line without both is none."""
    found = []
    for line in listed.splitlines():
        text, _, answers = line.rpartition(SEPARATOR)
        keys = answer_keys(answers.replace(BETWEEN_ANSWERS, "\n"))
        if one_line(text) and keys:
            found.append(Question(one_line(text), frozenset(keys)))
    return found


def question_of(stamp: Stamp | None) -> Question | None:
    """The operator's question that a form asks; its stamp chooses one of several. None if there are none."""
    site = snapshot()
    own = site.registration_question
    asked = [Question(own, frozenset(answer_keys(site.registration_answers)))] if own else []
    asked += more_questions(site.more_registration_questions)
    return asked[stamp.number % len(asked) if stamp else 0] if asked else None


def built_in_question(stamp: Stamp) -> Question:
    """A sum, for browsers that compute no proof where the operator asks nothing."""
    first, second = 1 + stamp.number % 9, 1 + stamp.number // 9 % 9
    text = say("What is %(first)d plus %(second)d? Answer in digits.", first=first, second=second)
    return Question(text, frozenset({str(first + second)}))


def is_answered(answer: str, stamp: Stamp | None = None) -> bool:
    """Whether it is an answer to the form's question; letters and digits count, case and accents do not."""
    question = question_of(stamp)
    return question is None or answers(answer, question)


def answers(answer: str, question: Question) -> bool:
    """Whether a question is answered."""
    return _key(answer) in question.keys


def _key(answer: str) -> str:
    letters = unicodedata.normalize("NFKD", comparison_key(answer))
    key = "".join(filter(str.isalnum, letters)) or comparison_key(answer)
    return str(int(key)) if key.isdecimal() and len(key) < 20 else key  # digits of any script
