"""Slugs: plain for Latin letters, unchanged for all other scripts, and never cut inside a letter."""

# ruff: noqa: RUF001 - these tests use letters of all scripts

import re
import unicodedata
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forum.infra.text.slugs import MAX_SLUG, path_of, slug


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Straßenbau in Köln", "strassenbau-in-koln"),
        ("GROẞE STRASSE", "grosse-strasse"),
        ("Łódź", "lodz"),
        ("Smørrebrød på Ærø", "smorrebrod-pa-aero"),
        ("Þórður og Đorđe", "thordur-og-dorde"),
        ("İzmir'de ışık", "izmir-de-isik"),
        ("Œuvre de l’été", "oeuvre-de-l-ete"),
        ("a–b—c…d", "a-b-c-d"),
        ("ﬁne ½ ² ① Ａ™", "fine-1-2-2-1-atm"),
        ("e\u0301te\u0301 x\u0302\u0323", "ete-x"),
        ("so\u00adft hy\u200dphen", "soft-hyphen"),
        ("  -- C++ & C# --  ", "c-c"),
        ("Release 4.1.89", "release-4-1-89"),
    ],
)
def test_latin_letters_become_ascii(title: str, expected: str) -> None:
    assert slug(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("求帮助", "求帮助"),
        ("求帮助！怎么办？", "求帮助-怎么办"),
        ("日本語・タイトル", "日本語-タイトル"),
        ("한국어 제목", "한국어-제목"),
        ("سلام: مرحبا", "سلام-مرحبا"),
        ("مَرْحَبًا ٣", "مَرْحَبًا-٣"),
        ("שלום עולם", "שלום-עולם"),
        ("สวัสดี น้ำ", "สวัสดี-น้ำ"),
        ("हिन्दी में", "हिन्दी-में"),
        ("Привет, мой ёж!", "привет-мой-ёж"),
        ("Ο Σωκράτης", "ο-σωκράτης"),
        ("Win 7 を köln で", "win-7-を-koln-で"),
    ],
)
def test_other_scripts_are_left_unchanged(title: str, expected: str) -> None:
    assert slug(title) == unicodedata.normalize("NFC", expected)


@pytest.mark.parametrize("title", ["", " ", "🎉🎉", "!?", "\u200b", "\u0301", "\ufffe", "-", "…"])
def test_a_slug_is_never_empty(title: str) -> None:
    assert slug(title) == "x"


def test_a_long_slug_ends_with_a_whole_letter() -> None:
    assert slug("求" * 150) == "求" * MAX_SLUG
    assert slug("a" * 150) == "a" * MAX_SLUG
    torn = "ก" * 79 + "กิ" + "ข"
    assert slug(torn) == "ก" * 79
    assert slug("a" * 79 + " b") == "a" * 79
    assert slug("ß" * 79) == "s" * MAX_SLUG


@given(st.text(max_size=160))
@example("ŉ" * 80)
@example("\u0e33" * 80)
@example("½" * 80)
def test_any_title_gives_a_valid_url(title: str) -> None:
    found = slug(title)
    assert 1 <= len(found) <= MAX_SLUG
    assert found == slug(found)
    assert re.fullmatch(r"[^\W_A-Z](?:[^\W_A-Z]|-|[^\x00-\x7f])*", found)
    assert "--" not in found
    assert not found.endswith("-")
    path = path_of("threads", 7, title)
    assert path.isascii()
    assert path == quote(unquote(path))
    assert unquote(path) == f"/threads/7-{found}"
