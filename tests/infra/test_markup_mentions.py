"""Mentions: a name after an @ at a word boundary, in scripts with and without spaces."""

# ruff: noqa: RUF001 - these tests use texts of all scripts

import pytest

from forum.markup.render import Lookup, Rendered, render

KNOWN = {
    "Bert": "/members/7-bert",
    "李明": "/members/8-x",
    "Anne-Marie": "/members/9-anne-marie",
    "ปิติ": "/members/10-x",
}
LINK = '<a class="mention" href="{}">@{}</a>'


def rendered(source: str) -> Rendered:
    known = Lookup({}, lambda names: {name: KNOWN[name] for name in names if name in KNOWN}, frozenset())
    return render(source, known)


@pytest.mark.parametrize(
    "source",
    [
        "_thanks @Bert_",
        "_@Bert thanks_",
        "__@Bert__",
        "**@Bert**",
        "~~@Bert~~",
        "谢谢@Bert 你好",
        "谢谢@Bert，你好",
        "谢谢@Bert你好",
        "（@Bert）",
        "「@Bert」",
        "ありがとう@Bertさん",
        "ขอบคุณ@Bert",
        "ที่@Bert",
        "고마워@Bert",
        "“@Bert”",
        "@Bert's",
        "thanks, @Bert.",
        "—@Bert",
        "👍@Bert",
        '谢谢@"Bert"你好',
    ],
)
def test_a_name_is_mentioned_at_a_word_boundary(source: str) -> None:
    found = rendered(source)
    assert found.mentions == ("Bert",)
    assert LINK.format("/members/7-bert", "Bert") in found.html


@pytest.mark.parametrize(
    "source",
    [
        "x@Bert",
        "é@Bert",
        "e\u0301e\u0323@Bert",
        "спасибо@Bert",
        "7@Bert",
        "x_@Bert",
        "x__@Bert",
        "mail@Bert.example",
        "first.@Bert",
        "https://example.org/@Bert",
        "/@Bert",
        "`@Bert`",
        "`` 谢谢@Bert ``",
        "    @Bert",
        "[@Bert](/x)",
        "[谢谢@Bert](https://example.org)",
        "\\@Bert",
        "@@Bert",
        "@Berta",
        "@_Bert_",
    ],
)
def test_a_name_inside_a_word_a_url_code_or_a_link_is_no_mention(source: str) -> None:
    found = rendered(source)
    assert found.mentions == ()
    assert "mention" not in found.html


@pytest.mark.parametrize("name", ["李明", "Anne-Marie", "ปิติ"])
def test_names_of_all_scripts_are_mentioned_whole(name: str) -> None:
    assert LINK.format(KNOWN[name], name) + " yes" in rendered(f"@{name} yes").html
    assert f"<em>{LINK.format(KNOWN[name], name)}</em>" in rendered(f"_@{name}_").html


def test_the_longest_known_name_is_mentioned() -> None:
    known = {"Bert": "/members/7-bert", "Bert李": "/members/11-x"}
    both = Lookup({}, lambda names: {name: known[name] for name in names if name in known}, frozenset())
    assert render("@Bert李", both).mentions == ("Bert李",)
    found = render("@Bert好 @nobody好", both)
    assert found.html == f"<p>{LINK.format('/members/7-bert', 'Bert')}好 @nobody好</p>\n"
    assert found.mentions == ("Bert",)
