"""What a mail quotes of a post: little HTML that loads nothing, and plain text."""

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.mail.quoting import Words, absolute, quoted

HOME, WORDS = "https://forum.example", Words("(spoiler)", "picture")
PIECES = st.sampled_from(
    (
        *("<p>", "</p>", "<ul><li>", "</li></ul>", "<blockquote>", "</blockquote>", "<pre><code>", "</code></pre>"),
        *('<a href="/posts/7">', '<a href="javascript:x">', "</a>", '<img src="https://a.example/i.png" alt="a">'),
        *(
            '<details class="spoiler"><summary>who',
            "</summary>",
            "SECRET",
            "</details>",
            "<br>",
            "a &amp; b",
            "&lt;b&gt;",
        ),
        *("<table><tr><td>", "</td></tr></table>", "<script>", "</script>", '<p style="x" onclick="y">', "words "),
    )
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One<br>two</p><p>Three</p>", "One\ntwo\n\nThree"),
        ('<p>See <a href="/posts/7">that</a>.</p>', f"See that <{HOME}/posts/7>."),
        ('<p><a href="https://a.example/">https://a.example/</a></p>', "https://a.example/"),
        ('<p><a class="mention" href="/members/3-ben">@ben</a></p>', "@ben"),
        ('<ol start="3"><li>a</li><li>b<ul><li>c</li></ul></li></ol>', "3. a\n4. b\n  - c"),
        ("<blockquote><p>Said</p></blockquote><p>No</p>", "> Said\n>\nNo"),
        ('<p><img src="/a.png" alt="A boat"><img src="/b.png" alt=""></p>', "[A boat][picture]"),
        ('<details class="spoiler"><summary>Who</summary><p>He</p></details><p>End</p>', "(spoiler)\n\nEnd"),
        ("<pre><code>a\n  b\n</code></pre>", "a\n  b"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2"),
    ],
)
def test_the_text_is_what_the_post_shows(html: str, text: str) -> None:
    assert quoted(html, home=HOME, words=WORDS, most=4000).text == text


def test_pictures_are_links_and_links_are_whole() -> None:
    html = '<p><img src="/a.png" alt="A &quot;boat&quot;"> <a href="/posts/7" rel="ugc" title="x">that</a></p>'
    shown = BeautifulSoup(quoted(html, home=HOME, words=WORDS, most=4000).html, "html.parser")
    assert [link["href"] for link in shown.select("a")] == [f"{HOME}/a.png", f"{HOME}/posts/7"]
    assert shown.get_text().strip() == '[A "boat"] that'
    assert shown.select("img") == []


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//[", "", "file:///etc/passwd"])
def test_other_addresses_are_left_out(address: str) -> None:
    assert absolute(address, HOME) == ""


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join), st.integers(10, 3000))
def test_nothing_is_loaded_hidden_words_stay_hidden_and_it_ends(html: str, most: int) -> None:
    result = quoted(html, home=HOME, words=WORDS, most=most)
    page = BeautifulSoup(result.html, "html.parser")
    assert {name for tag in page.find_all() for name in tag.attrs} <= {"href", "style", "start"}
    assert page.find_all(["img", "script", "style", "link", "details"]) == []
    assert all(str(link["href"]).startswith("https://") for link in page.select("a"))
    assert len(result.text.encode()) <= most + 400
    if html.count("<details") and "SECRET" not in html.split("<details", maxsplit=1)[0] and "</details>" not in html:
        assert "SECRET" not in result.html + result.text
