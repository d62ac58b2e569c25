"""The minimum length of a title is measured in columns: Chinese, Japanese and Korean characters count twice."""

# ruff: noqa: RUF001 - these tests use full-width letters

import pytest

from forum.infra.errors import Invalid
from forum.infra.text.characters import width
from forum.infra.text.messages import visible_width
from forum.schemas.writing import ThreadIn
from forum.threads.rules import checked_title

ENOUGH = [
    "求助",
    "求帮助",
    "助け",
    "도움",
    "ｈｉ",
    "求 a",
    "a 求",
    "求ab",
    "a求b",
    "ab求",
    "abcd",
    "a bc",
    "ab c",
    "𠮷野",
    "🎉🎉",
]
TOO_SHORT = ["求", "a求", "abc", "a b", "求\u200b\u3000", "ab\u0301c", "é\u200bf", "\uff0c"]


@pytest.mark.parametrize("title", ENOUGH)
def test_a_title_of_four_columns_is_long_enough(title: str) -> None:
    assert checked_title(title) == title


@pytest.mark.parametrize("title", TOO_SHORT)
def test_a_title_of_fewer_columns_is_too_short(title: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_title(title)
    assert "Titles need 4–150 characters" in str(refused.value.fields["title"][0])


def test_the_longest_title_has_150_characters_whatever_their_width() -> None:
    assert checked_title("求" * 150)
    with pytest.raises(Invalid):
        checked_title("求" * 151)


@pytest.mark.parametrize("title", ENOUGH)
def test_the_api_schema_does_not_exclude_titles_that_are_long_enough(title: str) -> None:
    assert len(title) >= ThreadIn().fields["title"].metadata["minLength"]


def test_wide_characters_are_those_that_unicode_calls_wide() -> None:
    assert [width(letter) for letter in "求あ한Ａ🎉。aéж\u0301ｱ"] == [2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1]
    assert width("\U0002fffd") == width("\U00030000") == 2
    assert width("\U000e1000") == width("\u0378") == 1  # unassigned code points
    assert visible_width("a\u200b求 ") == 3
