"""Members' Markdown renders as intended."""

import threading

import pytest

from forum.markup.render import VERSION, Lookup, Rendered, render

KNOWN = {
    "qwerrty": "/members/1-qwerrty",
    "Tai Hai Chen": "/members/9-tai-hai-chen",
    "CAPRICORN-88": "/members/2-capricorn-88",
}
LOOKUP = Lookup(
    smilies={":coffee:": ("☕", "Coffee & cake"), ":D:": ("😀", "Grin")},
    members=lambda names: {name: path for name, path in KNOWN.items() if name in names},
    own_hosts=frozenset({"forum.test"}),
)
SMILIE = '<span class="smilie" role="img" title=":coffee:" aria-label="Coffee &amp; cake">☕</span>'


def shown(source: str) -> str:
    return render(source, LOOKUP).html.strip()


def line(source: str) -> str:
    """The HTML of a single paragraph."""
    return shown(source).removeprefix("<p>").removesuffix("</p>")


def test_the_renderer_has_a_version() -> None:
    assert VERSION == 2


def test_enter_ends_a_line_and_an_empty_line_a_paragraph() -> None:
    assert shown("a\nb\n\nc") == "<p>a<br>\nb</p>\n<p>c</p>"


def test_html_is_text() -> None:
    assert line("<b>a</b> & \"c\" 'd'") == "&lt;b&gt;a&lt;/b&gt; &amp; \"c\" 'd'"


def test_headings_are_below_those_of_the_page() -> None:
    text = "# a\n## b\n### c\n#### d\n##### e\n###### f\n\ng\n===\nh\n---"
    levels = [part[1] for part in shown(text).split("<") if part.startswith("h")]
    assert levels == ["3", "4", "5", "6", "6", "6", "3", "4"]


def test_strikethrough_is_rendered() -> None:
    assert line("~~a~~ ~b~") == "<s>a</s> ~b~"


def test_a_table_keeps_its_alignment_without_inline_styles() -> None:
    html = shown("| a | b |\n|:-:|--:|\n| 1 | `2` |")
    assert html.startswith('<div class="table-scroll" tabindex="0">\n<table>\n<thead>\n<tr>\n<th align="center">a</th>')
    assert '<td align="right"><code>2</code></td>' in html


def test_code_is_shown_as_typed_and_focusable_by_keyboard() -> None:
    assert shown("```python\na < b  # :coffee: @qwerrty http://x.test\n```") == (
        '<pre tabindex="0"><code>a &lt; b  # :coffee: @qwerrty http://x.test\n</code></pre>'
    )


# --- smilies ---


def test_a_smilie_replaces_its_code() -> None:
    assert line("a :coffee: b:coffee:**:coffee:**") == f"a {SMILIE} b{SMILIE}<strong>{SMILIE}</strong>"


@pytest.mark.parametrize("text", ["`:coffee:`", ":tea:", ":coffee", "\\:coffee:", ": coffee:", "12:30:45", "::"])
def test_no_smilie_is_shown_in_code_or_for_an_unknown_code(text: str) -> None:
    assert "<span" not in line(text)


def test_a_smilie_may_follow_half_a_smilie_and_be_in_a_link() -> None:
    assert line(":x:coffee: [:D:](/a)").count("<span") == 2


# --- mentions ---


def test_a_mention_links_to_the_member() -> None:
    rendered = render('Hi @qwerrty, (@CAPRICORN-88) and @"Tai Hai Chen".', LOOKUP)
    assert '<a class="mention" href="/members/1-qwerrty">@qwerrty</a>,' in rendered.html
    assert '(<a class="mention" href="/members/2-capricorn-88">@CAPRICORN-88</a>)' in rendered.html
    assert '<a class="mention" href="/members/9-tai-hai-chen">@Tai Hai Chen</a>.' in rendered.html
    assert rendered.mentions == ("qwerrty", "CAPRICORN-88", "Tai Hai Chen")


@pytest.mark.parametrize(
    "text",
    ["`@qwerrty`", "[@qwerrty](/a)", "a@qwerrty", "me@qwerrty.com", "\\@qwerrty", "@nobody", '@"nobody here"', "@",
     "<x@qwerrty.com>", "https://x.test/@qwerrty", "![@qwerrty](/a)", "@@qwerrty", "/@qwerrty", "```\n@qwerrty\n```"],
)  # fmt: skip
def test_a_name_in_code_links_or_mail_addresses_or_of_no_member_is_no_mention(text: str) -> None:
    rendered = render(text, LOOKUP)
    assert "mention" not in rendered.html
    assert rendered.mentions == ()


def test_members_are_looked_up_once_and_only_if_somebody_is_mentioned() -> None:
    calls: list[frozenset[str]] = []

    def members(names: frozenset[str]) -> dict[str, str]:
        calls.append(names)
        return {}

    lookup = Lookup({}, members, frozenset())
    render("nobody", lookup)
    render("@a @b\n\n> @c @a\n\n- @d_e.f", lookup)
    assert calls == [frozenset({"a", "b", "c", "d_e.f"})]


def test_a_name_only_in_a_quote_is_linked_but_not_notified() -> None:
    rendered = render("> @qwerrty\n\n@CAPRICORN-88", LOOKUP)
    assert rendered.html.count("mention") == 2
    assert rendered.mentions == ("CAPRICORN-88",)


def test_a_failing_lookup_raises() -> None:
    def fail(_: frozenset[str]) -> dict[str, str]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        render("@a", Lookup({}, fail, frozenset()))


# --- quotes ---


def test_a_quote_names_its_source() -> None:
    rendered = render("> [qwerrty said:](/posts/55)\n> first\n> second\n\nI agree.", LOOKUP)
    assert rendered.html == (
        '<blockquote class="quote">\n<p class="quote-by"><a href="/posts/55">qwerrty said:</a></p>\n'
        "<p>first<br>\nsecond</p>\n</blockquote>\n<p>I agree.</p>\n"
    )
    assert rendered.quoted_posts == (55,)


def test_several_quotes_are_listed_once_each_and_nested_ones_are_not_the_authors() -> None:
    text = "> [a](/posts/5)\n>\n> > [b](/posts/6)\n> > x\n\n> [c](https://forum.test/posts/7)\n\n> [a](/posts/5)\n> y"
    rendered = render(text, LOOKUP)
    assert rendered.quoted_posts == (5, 7)
    assert rendered.html.count('<p class="quote-by">') == 4


@pytest.mark.parametrize(
    "text",
    ["> [a](/posts/5) said\n> b", "> a [a](/posts/5)", "> [a](/threads/5)", "> [a](/posts/5x)", "> [a](/posts/0)", ">",
     "> [a](https://evil.test/posts/5)", "> **[a](/posts/5)**", "> - [a](/posts/5)", "> [a](/posts/" + "9" * 30 + ")",
     "[a](/posts/5)"],
)  # fmt: skip
def test_unattributed_quotes_name_no_source(text: str) -> None:
    rendered = render(text, LOOKUP)
    assert "class=" not in rendered.html
    assert rendered.quoted_posts == ()


def test_quotes_nest_to_a_maximum_depth_and_stay_text_below_it() -> None:
    html = shown("\n".join(">" * depth + f" level {depth}\n" + ">" * depth for depth in range(1, 10)))
    assert html.count("<blockquote>") == 6
    assert "level 9" in html


def test_lists_nest_to_a_maximum_depth_and_lose_no_words() -> None:
    html = shown("\n".join("  " * depth + f"- level {depth}" for depth in range(12)))
    assert all(f"level {depth}" in html for depth in range(12))
    assert html.count("<ul>") == 7


# --- containers ---


def test_a_spoiler_hides_its_content() -> None:
    assert shown(":::spoiler The <end>\n**He** dies\n\n- a\n:::\nb") == (
        '<details class="spoiler"><summary>The &lt;end&gt;</summary>\n<p><strong>He</strong> dies</p>\n'
        "<ul>\n<li>a</li>\n</ul>\n</details>\n<p>b</p>"
    )


def test_a_spoiler_without_a_title_gets_one_in_the_sites_language() -> None:
    assert "<summary>Spoiler</summary>" in shown("a\n:::spoiler\nb")
    label = Lookup({}, lambda _: {}, frozenset(), spoiler="Verraten")
    assert "<summary>Verraten</summary>" in render(":::spoiler", label).html


def test_containers_nest_by_longer_fences_and_end_with_their_parent() -> None:
    html = shown("> ::::spoiler a\n> :::card\n> b\n> :::\n> c\n\nd")
    assert html == (
        '<blockquote>\n<details class="spoiler"><summary>a</summary>\n<div class="link-card">\n<p>b</p>\n</div>\n'
        "<p>c</p>\n</details>\n</blockquote>\n<p>d</p>"
    )


@pytest.mark.parametrize(
    "text", [":::", ":::other\na\n:::", "::spoiler\na\n::", "    :::spoiler", "a :::spoiler", ":::spoilers"]
)
def test_other_colons_are_text(text: str) -> None:
    assert "<details" not in shown(text)
    assert ":::" in shown(text) or "::" in shown(text)


def test_a_list_item_with_an_open_spoiler_does_not_close_the_outer_one() -> None:
    assert shown(":::spoiler a\n- b\n  :::spoiler c\n:::\nd").endswith("</details>\n<p>d</p>")


# --- the same for all ---


def test_the_same_text_gives_the_same_html_in_every_thread() -> None:
    texts = [
        f"*{number}* @qwerrty :coffee: http://a.test/{number}\n\n> q\n\n|a|\n|-|\n|{number}|" for number in range(40)
    ]
    expected = [render(text, LOOKUP) for text in texts]
    results: list[list[Rendered]] = []
    threads = [
        threading.Thread(target=lambda: results.append([render(text, LOOKUP) for text in texts])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4
