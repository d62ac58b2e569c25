"""At least 98 of 100 answers, of 33 mail programs and in twelve languages, are taken apart exactly."""

from collections import Counter

import pytest

from forum.inbox.parts import parse, text_of
from forum.inbox.reply_text import reply_of
from tests.inbox.corpus.building import Form, letters
from tests.inbox.corpus.early_forms import EARLY
from tests.inbox.corpus.further_forms import FURTHER
from tests.inbox.corpus.late_forms import LATE

LEAST_SHARE = 0.98


@pytest.mark.parametrize("forms", [EARLY, LATE, FURTHER], ids=["before the rules", "after the rules", "further"])
def test_answers_are_taken_apart_exactly(forms: dict[str, Form]) -> None:
    results, wrong = Counter[bool](), []
    for letter in letters(forms):
        is_exact = reply_of(text_of(parse(letter.message.as_bytes()))) == letter.expected
        results[is_exact] += 1
        wrong += [] if is_exact else [letter.name]
    share = results[True] / results.total()
    print(f"{results[True]} of {results.total()} exact ({share:.1%})")  # noqa: T201 - seen with pytest -s
    assert results.total() >= 190
    assert share >= LEAST_SHARE, wrong[:20]
