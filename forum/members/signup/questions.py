"""The question of the registration form, which stops programs that fill in any form."""

import unicodedata

from forum.infra.text.messages import comparison_key
from forum.site.queries import snapshot


def answer_keys(answers: str) -> set[str]:
    """What answers, one per line, are compared by."""
    return {_key(line) for line in answers.splitlines() if _key(line)}


def is_answered(answer: str) -> bool:
    """Whether it is an answer to the forum's question; letters and digits count, case and accents do not."""
    site = snapshot()
    return not site.registration_question or _key(answer) in answer_keys(site.registration_answers)


def _key(answer: str) -> str:
    letters = unicodedata.normalize("NFKD", comparison_key(answer))
    return "".join(filter(str.isalnum, letters)) or comparison_key(answer)
