"""What the filter sees in a text: disguises are undone, any script has features, and no text takes long."""

# ruff: noqa: RUF001 - these tests are about look-alike letters

import time

import pytest

from forum.spam.features import BUCKETS, features, names
from forum.spam.normalising import normalized


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Ｆｒｅｅ Ｍｏｎｅｙ", "free money"),
        ("fr\u200bee mo\u00adney", "free money"),
        ("frее mоnеу", "free money"),  # with Cyrillic letters
        ("yдaлённaя paбoтa", "удаленная работа"),  # with Latin letters
        ("f r e e money", "free money"),
        ("m-o-n-e-y now", "money now"),
        ("𝐅𝐫𝐞𝐞 ᴍᴏɴᴇʏ", "free money"),
        ("f̶r̶e̶e̶ money", "free money"),
        ("freeeeee", "free"),
        ("pills (dot) example", "pills.example"),
        ("Was kostet das?", "was kostet das?"),
    ],
)
def test_disguised_words_are_read_as_people_read_them(typed: str, read: str) -> None:
    assert normalized(typed)[0] == read


def test_words_with_digits_are_also_read_as_words() -> None:
    assert {"w:free", "w:viagra", "w:fr33"} <= set(names("FR33 v1agra, the 2nd of 2024"))


def test_a_link_has_its_domain_with_parents_and_ending() -> None:
    seen = set(names("Look: https://shop.pills.example/buy-now?a=1 or www.other.biz", ["http://hidden.top/x"]))
    assert {"d:shop.pills.example", "d:pills.example", "t:example", "u:buy", "d:other.biz", "d:hidden.top"} <= seen
    assert "#links 3" in seen
    assert "#links 0" in set(names("See e.g. the manual.Thanks"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("便宜的贷款", "w:贷款"),
        ("เงินกู้ด่วน", "w:กู"),
        ("सस्ता ऋण", "w:सस्ता"),
        ("قرض رخيص", "p:قرض رخيص"),
        ("대출 상담", "w:대출"),
    ],
)
def test_every_script_has_words(text: str, word: str) -> None:
    assert any(word in name or name.startswith(word) for name in names(text)), list(names(text))


@pytest.mark.parametrize(
    "part",
    ["!", "a.", "a b ", "$a1", "http://", "a", "аa", "1", "www.", "\u0301", "a@", "[dot]", "-_", "🙂", "贷", "á "],
)
def test_no_text_takes_long(part: str) -> None:
    started = time.process_time()
    seen = features(part * (8000 // len(part)))
    assert time.process_time() - started < 0.2
    assert all(0 <= each < BUCKETS for each in seen)


def test_the_end_of_a_long_text_counts_as_much_as_its_beginning() -> None:
    assert "d:pills.example" in set(names("harmless words " * 5000 + "https://pills.example"))
