"""Links and images: what is linked, what is marked, what is loaded."""

# ruff: noqa: RUF001 - these tests use texts of all scripts

import re

import pytest

from forum.markup.render import Lookup, render
from forum.markup.thread_local_renderer import renderer

LOOKUP = Lookup(
    smilies={":D:": ("😀", "Grin")},
    members=lambda _: {},
    own_hosts=frozenset({"forum.test", "localhost:8000"}),
)
SIGNS = '，。、；：！？）】》」』〉〕］｝（【《「『…“”‘’„‚«»‹›؟،।～｜`:"*~'
REL = 'rel="nofollow ugc noopener"'


def line(source: str) -> str:
    """The HTML of a single paragraph."""
    return render(source, LOOKUP).html.strip().removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize(
    "text", ["[x](https://a.test/b)", "<https://a.test/b>", "https://a.test/b", "[x][y]\n\n[y]: https://a.test/b"]
)
def test_links_by_members_are_marked_for_search_engines(text: str) -> None:
    assert f'<a href="https://a.test/b" {REL}>' in line(text)


@pytest.mark.parametrize(
    "address", ["/threads/5-x", "#post-5", "https://forum.test/x", "http://FORUM.test:8000", "http://localhost:8000/a"]
)
def test_links_within_the_forum_are_not(address: str) -> None:
    assert "<a href=" in line(f"[x]({address})")
    assert "rel=" not in line(f"[x]({address})")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:1", "//evil.test", "/\\evil.test", "page.html", "tel:5", "ftp://a.test"]
)
def test_a_forbidden_url_stays_as_typed(address: str) -> None:
    assert line(f"[x]({address})") == f"[x]({address})"


def test_a_link_or_an_image_without_target_is_only_its_text() -> None:
    assert line("[**x**]() ![y]()") == "<strong>x</strong> y"


@pytest.mark.parametrize(
    ("text", "address", "rest"),
    [
        ("see http://a.test/b_c_d.", "http://a.test/b_c_d", "."),
        ("(see https://a.test/b_(c))", "https://a.test/b_(c)", ")"),
        ("**https://a.test**", "https://a.test", "</strong>"),
        ("HTTPS://A.test/x, y", "HTTPS://A.test/x", ", y"),
    ],
)
def test_a_typed_web_address_is_a_link(text: str, address: str, rest: str) -> None:
    html = line(text)
    assert f'<a href="{address}" {REL}>' in html
    assert f"</a>{rest}" in html


def test_a_typed_www_or_mail_address_becomes_a_link() -> None:
    assert (
        line("www.a.test/b?c=d&e, x") == f'<a href="http://www.a.test/b?c=d&amp;e" {REL}>www.a.test/b?c=d&amp;e</a>, x'
    )
    assert line("to a.b_c+d@e.test.") == f'to <a href="mailto:a.b_c+d@e.test" {REL}>a.b_c+d@e.test</a>.'


@pytest.mark.parametrize(
    "text", ["readme.md", "a.test", "`http://a.test`", "http://", "xhttp://a.test", "www.", "ftp://a.test/", "a@b"]
)
def test_other_words_with_dots_are_no_links(text: str) -> None:
    assert "<a" not in line(text)


@pytest.mark.parametrize("mark", SIGNS)
@pytest.mark.parametrize("address", ["https://example.org/a", "https://example.org", "www.example.org/a?b=c"])
def test_a_url_ends_before_punctuation(address: str, mark: str) -> None:
    for rest in (mark, f"{mark} it says", *([f"{mark}谢谢"] if mark not in ":*~" else [])):
        html = line(f"看{address}{rest}")
        assert f">{address}</a>" in html, rest
        assert f'href="{"http://" if address.startswith("www") else ""}{address}"' in html
    assert f">{address}</a>" in line(f"<{address}>{mark}谢谢") or address.startswith("www")


def test_a_url_may_contain_letters_and_middle_dots_of_all_scripts() -> None:
    for address in ("https://ja.example.org/wiki/レオナルド・ダ・ヴィンチ", "https://example.org/Łódź?q=求帮助#x"):
        assert f">{address}</a>。" in line(f"{address}。")


def test_a_url_in_angle_brackets_is_taken_whole() -> None:
    assert f'<a href="https://example.org/a%E3%80%82b" {REL}>' in line("<https://example.org/a。b>")


def test_a_mail_address_may_follow_a_script_without_spaces() -> None:
    assert (
        line("写信到mail@bert.example。") == f'写信到<a href="mailto:mail@bert.example" {REL}>mail@bert.example</a>。'
    )
    assert f'<a href="mailto:j%C3%BCrgen@bert.example" {REL}>' in line("jürgen@bert.example")


@pytest.mark.parametrize(
    "address",
    [
        "https://foo.bar.`baz",
        "http://256.256.256.256/",
        "http://999999999999/",
        "http://1.2.3.4.5/",
        "http://xn--a/",
        "http://a.test:99999/",
        "http://[::zz]/",
        "http://a%60b/",
    ],
)
def test_what_browsers_cannot_parse_as_a_url_is_no_link(address: str) -> None:
    for source in (address, f"<{address}>", f"[x]({address})", f"![x]({address})", f"[x]\n\n[x]: {address}"):
        html = line(source)
        assert html.count("<a ") == html.count("<a href="), source
        assert html.count("<a ") == html.count("</a>")
        assert not any(address in found for found in re.findall(r'href="([^"]*)"', html))
    assert line(f"[x]({address})").startswith("[x](")


def test_a_link_whose_url_a_sanitizer_removes_is_only_its_text() -> None:
    html = '<p><a href="nowhere" title="a">b <em>c</em></a> <a href="/x">d</a></p>'
    assert renderer.gates.sanitize(html) == '<p>b <em>c</em> <a href="/x">d</a></p>'


def test_a_remote_image_is_a_link_unless_the_operator_allows_images() -> None:
    text = '![a **red** barn :D:](https://a.test/b.png "Title")'
    assert line(text) == f'<a title="Title" href="https://a.test/b.png" {REL}>a red barn :D:</a>'
    shows = Lookup({}, lambda _: {}, frozenset(), remote_images=True)
    assert '<img src="https://a.test/b.png" alt="a red barn :D:"' in render(text, shows).html


def test_an_image_without_text_is_named_by_its_url_and_never_nests_a_link() -> None:
    assert line("![](https://a.test/b.png)") == f'<a href="https://a.test/b.png" {REL}>https://a.test/b.png</a>'
    assert line("[![b](https://a.test/b.png)](https://c.test)") == f'<a href="https://c.test" {REL}>b</a>'


def test_a_local_image_is_shown_but_not_every_path_is_one() -> None:
    assert line("![b](/static/b.png)") == '<img src="/static/b.png" alt="b" loading="lazy">'
    assert "<img" not in line("![b](/threads/5-x) ![c](/static/../logout) ![d](//a.test/static/b.png)")
