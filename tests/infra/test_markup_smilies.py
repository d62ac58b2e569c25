"""Smilies: names between colons anywhere, text codes only where they stand alone."""

import pytest

from forum.markup.plain_text import excerpt, plain_text
from forum.markup.render import Lookup, render

CODES = {
    ":coffee:": ("☕", "Coffee"),
    ":)": ("🙂", "Smile"),
    ":DD": ("😂", "Laughing"),
    ":D": ("😁", "Grin"),
    ";)": ("😉", "Wink"),
    ":'(": ("😢", "Crying"),
    ":*": ("😘", "Kiss"),
    "<3": ("❤", "Heart"),
    "xD": ("😂", "Laughing"),
}
LOOKUP = Lookup(CODES, lambda names: {name: "/members/7-bert" for name in names if name == "Bert"}, frozenset())
SMILE = '<span class="smilie" role="img" title=":)" aria-label="Smile">🙂</span>'


def line(source: str) -> str:
    """The HTML of a single paragraph."""
    return render(source, LOOKUP).html.strip().removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize(
    "source",
    [
        "%s",
        "hi %s",
        "%s hi",
        "hi\n%s\nhi",
        "hi %s.",
        "hi %s, you",
        "hi (%s)",
        "(hi %s)",
        '"%s"',
        "**%s**",
        "*hi %s*",
        "- %s",
        "> %s",
        "hi @Bert %s",
        "`x` %s",
        "谢谢%s",
        "谢谢。%s",
        "谢谢%s，好",
        "ที่%s",
        "https://a.test/x %s",
        ":coffee: %s",
        "# %s",
        "| %s |\n|-|",
    ],
)
def test_a_standalone_text_code_is_a_smilie(source: str) -> None:
    assert SMILE in line(source % ":)")


@pytest.mark.parametrize(
    "source",
    [
        "a%s",
        "%sa",
        "7%s",
        "@Bert%s",
        "**a**%s",
        "`a`%s",
        "%s`a`",
        "great!%s",
        "a/%s",
        "http://x%s",
        "https://a.test/%s",
        "www.a.test/%s",
        "`%s`",
        "``` \n%s\n```",
        "    %s",
        "[%s](/x)",
        "[hi %s there](/x)",
        "\\%s",
        "![%s](/static/a.png)",
        "[x](/y '%s')",
    ],
)
def test_a_text_code_in_a_word_code_a_link_or_a_url_stays_text(source: str) -> None:
    assert "smilie" not in line(source % ":)")


def test_the_longest_code_matches_and_codes_may_begin_like_markup() -> None:
    for code in (":DD", ":'(", ";)", "<3", "xD", ":*"):
        symbol, name = CODES[code]
        assert f'aria-label="{name}">{symbol}</span>' in line(f"hi {code} you"), code
    assert line("xDrive :Drive ;)x <30") == "xDrive :Drive ;)x &lt;30"
    assert line("&#58;) &colon;)") == ":) :)"


def test_a_name_between_colons_is_a_smilie() -> None:
    assert line(":coffee:") == '<span class="smilie" role="img" title=":coffee:" aria-label="Coffee">☕</span>'
    assert line(":tea: ::coffee") == ":tea: ::coffee"


def test_smilies_are_their_symbols_as_plain_text() -> None:
    assert plain_text(render("Hi :) you", LOOKUP).html) == "Hi 🙂 you"
    assert excerpt(render("Hi :) you", LOOKUP).html) == "Hi 🙂 you"


def test_without_text_codes_nothing_changes() -> None:
    plain = Lookup({":coffee:": CODES[":coffee:"]}, lambda _: {}, frozenset())
    assert render("hi :) you", plain).html == "<p>hi :) you</p>\n"
