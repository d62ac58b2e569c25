"""Which names are allowed, and which count as the same name."""

# ruff: noqa: RUF001 - these tests are about lookalike letters

from itertools import product

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from forum.infra.text.messages import comparison_key
from forum.members.reserved_names import claims_to_be_staff, is_reserved, pretends_to_be, words_of
from forum.members.rules import clean_name, faults_of_name, username_key

ADMINS = ("admin", "administrator", "moderator", "webmaster", "sysop")
STAFF = (
    "admin",
    "administrator",
    "moderator",
    "mod",
    "staff",
    "support",
    "webmaster",
    "postmaster",
    "official",
    "root",
)
LOOKS = {
    "a": "4@аαɑ",
    "d": "ԁɗ",
    "e": "3еέ",
    "i": "1lІіı|",
    "o": "0оο",
    "s": "5ѕ$",
    "m": "м",
    "t": "7т",
    "f": "ϝ",
    "r": "г",
    "p": "рρ",
    "c": "сϲ",
}


def lookalikes(word: str) -> list[str]:
    """A word with one letter, or all of one kind, replaced by a lookalike."""
    changed = [word.replace(letter, look) for letter, looks in LOOKS.items() if letter in word for look in looks]
    once = [word.replace(letter, look, 1) for letter, looks in LOOKS.items() if letter in word for look in looks]
    return changed + once + [word.replace("m", "rn"), word.replace("d", "cl"), word.replace("w", "vv"), word + word[-1]]


def with_affixes(word: str) -> list[str]:
    """A word with prefixes, suffixes and separators around it."""
    around = [
        "{}1",
        "{}123",
        "the_{}",
        "the {}",
        "{}-team",
        "real.{}",
        "{}_official",
        "forum {}",
        "{}2024",
        "x{}x",
        "my-{}",
        "{}s",
    ]
    spaced = [" ".join(word), ".".join(word), "_".join(word), word.upper(), word.title(), word[0] + "_" + word[1:]]
    return [form.format(word) for form in around] + spaced


IMPERSONATIONS = sorted(
    {name for word in STAFF for name in with_affixes(word)}
    | {name for word in ADMINS for name in lookalikes(word)}
    | {name for word, suffix in product(ADMINS, ("Bob", "_anna", "99", "-of-it", " here")) for name in (word + suffix,)}
    | {form for word in ADMINS for spoof in lookalikes(word) for form in (f"the_{spoof}", f"{spoof}1", spoof.title())}
)


def test_there_are_several_hundred_impersonations() -> None:
    assert len(IMPERSONATIONS) > 500


@pytest.mark.parametrize("part", range(8))
def test_names_that_impersonate_staff_are_refused(part: int) -> None:
    passed = [
        name
        for name in IMPERSONATIONS[part::8]
        if not faults_of_name(clean_name(name)) and not is_reserved(clean_name(name))
    ]
    assert passed == []


def test_reserved_names_are_refused_in_every_case_and_with_separators() -> None:
    words = [word for file in ("reserved", "staff", "offices") for word in words_of(file)]
    assert len(words) > 900
    passed = [form for word in words for form in (word, word.upper(), word.title()) if not is_reserved(form)]
    assert passed == []


def test_the_first_segment_of_every_url_is_reserved(app: Flask) -> None:
    """Existing routes, and those named in the specification."""
    there = {rule.rule.split("/")[1].partition("<")[0] for rule in app.url_map.iter_rules()} - {""}
    named = {"conversations", "tags", "attachments", "unsubscribe", "admin", "help", "contact", "favicon.ico"}
    named |= {"opensearch.xml", ".well-known", "uploads", "feeds", "rules", "about", "privacy", "manifest.webmanifest"}
    assert [part for part in sorted(there | named) if not faults_of_name(part) and not is_reserved(part)] == []


@pytest.mark.parametrize(
    "name",
    ["400", "404", "451", "511", "200", "4xx", "import", "Super", "prod", "graphql", "bbs", "test1", "Test-2", "www42"],
)
def test_names_are_reserved_by_kind(name: str) -> None:
    assert faults_of_name(name) or is_reserved(name)


@pytest.mark.parametrize(
    "name", ["Nine99", "Testa", "Imported", "Mailand", "1234", "Proda", "Hansel.Gretel", "webster"]
)
def test_names_that_only_begin_like_a_reserved_one_are_allowed(name: str) -> None:
    assert not faults_of_name(name)
    assert not is_reserved(name)


@pytest.mark.parametrize(
    "name",
    [
        "qwerrty",
        "CAPRICORN-88",
        "Daniel808",
        "beijingwalker",
        "vostok",
        "onebyone",
        "Riz",
        "Brainsucker",
        "Tai Hai Chen",
        "alice",
        "bob",
        "carol",
        "dave",
        "user1",
        "Modest Mussorgsky",
        "badminton fan",
        "Stafford",
        "Roberta",
        "grooty",
        "Łukasz",
        "Василий",
        "Ελένη",
        "李小龍",
        "さくら",
        "김철수",
        "हिन्दी",
        "محمد",
        "Nguyễn Văn A",
        "O.Henry",
        "_under_score".strip("_"),
        "x.y-z_1",
    ],
)
def test_ordinary_names_are_allowed(name: str) -> None:
    assert faults_of_name(clean_name(name)) == []
    assert not is_reserved(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "x" * 31,
        "a  b",
        "-abc",
        "abc-",
        ".abc",
        "abc.",
        "a\nbc",
        "a\tbc",
        "bob\r\nBcc: x",
        "ad\u202emin",
        "zero\u200bwidth",
        "a\u0301\u0301\u0301bc",
        "z\u0336a\u0336l\u0336",
        "emoji😀",
        "a/b/c",
        "a@b",
        "<b>bold",
        "半角ｶﾅ",
        "ＦＵＬＬ",
        "ﬁsh",
        "𝐛𝐨𝐥𝐝",
        "Latinкириллица",
        "Αthena",
        "NUL\0name",
        "nbsp\u00a0name",
        "...",
        "___",
        "ΝΑΝ",
        "№123",
        "ab\u2063cd",
        "soft\u00adhyphen",
    ],
)
def test_unusual_names_are_refused(name: str) -> None:
    assert faults_of_name(clean_name(name))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Anna", "ANNA"),
        ("Straße", "STRASSE"),
        ("Ivan", "lvan"),
        ("Ivan", "1van"),
        ("Bob", "B0b"),
        ("modern", "modem"),
        ("warm", "warrn"),
        ("wow", "vvovv"),
        ("paypal", "раураl"),
        ("André", "Andre\u0301"),
        ("André", "Andre"),
        ("sосо", "coco".replace("c", "s", 1)),
        ("John Doe", "john_doe"),
        ("CAPRICORN-88", "capricorn88"),
        ("ВОВ", "вов"),
        ("ΟΔΟΣ", "οδος"),
        ("Łukasz", "lukasz"),
    ],
)
def test_lookalike_names_are_the_same_name(one: str, two: str) -> None:
    assert username_key(one) == username_key(two)


@pytest.mark.parametrize(
    ("one", "two"), [("anna", "hanna"), ("vostok", "vostok2"), ("Riz", "Rix"), ("さくら", "もみじ")]
)
def test_different_names_are_different(one: str, two: str) -> None:
    assert username_key(one) != username_key(two)


@pytest.mark.parametrize(
    "name",
    [
        "Anna Bloom",
        "anna_bloom",
        "AnnaBlooom",
        "4nna-bloom",
        "the_AnnaBloom",
        "real.annabloom",
        "AnnaBloom1",
        "anna.bl00m",
        "xAnnaBloomx",
    ],
)
def test_no_name_can_be_mistaken_for_a_moderators_name(name: str) -> None:
    assert pretends_to_be(name, ["Anna Bloom"])
    assert not pretends_to_be("Hanna Blume", ["Anna Bloom"])


@given(st.text(max_size=80))
def test_a_key_has_a_maximum_length_and_one_form(name: str) -> None:
    key = username_key(name)
    assert len(key) <= 120
    assert username_key(name.upper()) == username_key(name.upper().lower()) or not name.isascii()
    assert comparison_key(comparison_key(name)) == comparison_key(name)
    claims_to_be_staff(name)
    faults_of_name(name)
