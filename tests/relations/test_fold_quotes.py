"""Quotes of chosen posts are folded in HTML, whatever else it holds."""

import pytest

from forum.markup.folded_quotes import fold_quotes, quoted_posts
from forum.markup.render import render
from forum.markup.render_context import Lookup

LOOKUP = Lookup(smilies={}, members=lambda _: {}, own_hosts=frozenset())


def html_of(source: str) -> str:
    return render(source, LOOKUP).html


def fold(source: str, *posts: int) -> str:
    return fold_quotes(html_of(source), posts, summary="Folded")


def test_only_quotes_of_the_chosen_posts_are_folded() -> None:
    source = "> [anna said:](/posts/12)\n> One\n\nAnswer\n\n> [ben said:](/posts/123)\n> Two\n\n> Three"
    assert quoted_posts(html_of(source)) == {12, 123}
    assert fold(source, 13) == html_of(source)
    before, folded, after = fold(source, 12).replace("</details>", "<details").split("<details")
    assert (before, "One" in folded, "Two" in after) == ("", True, True)


@pytest.mark.parametrize(
    "source",
    [
        "> [a said:](/posts/1)\n> One\n>\n> > [b said:](/posts/2)\n> > Two\n>\n> > Three\n\nEnd",
        "> [a said:](/posts/1)\n> ![</blockquote>](https://example.org/a.png)\n\nEnd",
        '> [a said:](/posts/1)\n> ![<blockquote class="quote">](https://example.org/a.png)\n\nEnd',
        "> [a said:](/posts/1)\n> `</blockquote>` and <blockquote>\n\nEnd",
    ],
)
@pytest.mark.parametrize("posts", [(1,), (2,), (1, 2)])
def test_a_fold_ends_where_the_quote_ends(source: str, posts: tuple[int, ...]) -> None:
    folded = fold(source, *posts)
    wanted = [post for post in posts if post in quoted_posts(html_of(source))]
    assert folded.count("<details") == folded.count("</details>") == len(wanted)
    assert folded.replace('<details class="spoiler"><summary>Folded</summary>', "").replace(
        "</details>", ""
    ) == html_of(source)
    assert folded.rpartition("</details>")[2].count("<p>End</p>") == 1
