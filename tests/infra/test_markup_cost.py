"""No text, however hostile, makes a post slow, huge or impossible to render."""

import time
from collections.abc import Callable
from itertools import count

import pytest

from forum.markup.limits import MAX_GROWTH, MAX_SECONDS
from forum.markup.render import render
from forum.markup.render_context import Lookup
from forum.markup.strip_marks import clean_source

pytestmark = pytest.mark.slow

LENGTH = 50_000
# A post may take 250 ms; twice that, because other tests run on the same cores.
LIMIT = 0.5
TRIES = 3  # the machine is shared: the fastest try counts
LOOKUP = Lookup(
    smilies={":a:": ("😀", "A grin"), ":coffee:": ("☕", "Coffee"), ":)": ("🙂", "A smile"), "xD": ("😂", "A laugh")},
    members=lambda names: {name: f"/members/7-{name}" for name in names},
    own_hosts=frozenset({"forum.test"}),
    remote_images=True,
)


def repeated(unit: str) -> str:
    """A text of maximum length that repeats one unit."""
    return (unit * (LENGTH // len(unit) + 1))[:LENGTH]


def nested(opening: str, middle: str, closing: str) -> str:
    """As many opening as closing marks around a middle."""
    times = (LENGTH - len(middle)) // (len(opening) + len(closing))
    return opening * times + middle + closing * times


def numbered(template: str) -> str:
    """Units that contain a running number."""
    out: list[str] = []
    size = 0
    for number in count():
        out.append(template.replace("N", str(number)))
        size += len(out[-1])
        if size > LENGTH:
            return "".join(out)[:LENGTH]
    raise AssertionError


def runs(mark: str, between: str) -> str:
    """Runs of a mark of increasing length."""
    return numbered_lengths(lambda length: mark * length + between)


def numbered_lengths(make: Callable[[int], str]) -> str:
    """Units made from 1, 2, 3 … until the text has its maximum length."""
    out: list[str] = []
    size = 0
    for length in count(1):
        out.append(make(length))
        size += len(out[-1])
        if size > LENGTH:
            return "".join(out)[:LENGTH]
    raise AssertionError


REPEATED = [
    "*", "* ", "*a ", "*a* ", "**a** ", "*a_ ", "*a **b ", "*_", "~~a~~ ", "~~~a~~~ ", "*~~a ", "[", "]", "[a](/b) ",
    "[a](b", "[a](<b", '[a](b "', "[a](b '", "[a][", "![", "![a](/b) ", "![a](b", "![a](/static/b.png) ", "[![",
    "[a](/b 't')", "[a]((((", "`", "``a`", "`a``b```c", "\\a", "\\\n", "&", "&amp;", "&#1;", "&#x41;", "&nbsp;", '"',
    "<", "<a>", "<http://a> ", "<http://a", "<a@b.c> ", "http://", "http://a ", "http://a.b/", "www.", "www.a.b ",
    "a@", "@a", "@a ", '@"a" ', '@"a', "a.a@", "://", "mailto:a@b.c ", ":", ":a:", ":a: ", ":a", "a:", "@a:a:",
    ":a:@a ", "\n", "a\n", "a\n\n", "    a\n\n", "a\\\n", "\u202e", "\u0301", "á" * 9, "\U0001f600", "\u6f22",
    "- a\n", "1. a\n", "- - - a\n", "-\n", "- a\n\n", "* a\n  b\n", "1.\n", "- a\n+ a\n", ">", "> a\n", ">a\n\n",
    "> > > a\n", "> - ", "> - a\n", "> [a](/posts/1)\n> b\n\n", ">a\nb\n\n", "#\n", "# a\n", "a\n---\n", "a\n=\n",
    "---\n", "```\n", "```a\nb\n```\n", "> ```\n", "- ```\n", "````\n```\n", "[a]: b\n", "[a]:\n", "[a\n",
    "[a]: /b 't\n", "[a\n    a\n", "|a|b\n", "|a|\n|-|\n", "|a|b|\n|-|-|\n|c|d|\n\n", "a|b\n-|-\n\n", "|-|\n",
    ":::spoiler\n", ":::spoiler\n:::\n", ":::card\na\n:::\n", ":::spoiler a\na\n", "> :::card\n", "- :::card\n",
    "<!--", "<![CDATA[", "<a href='", "a" * 5000, " ", "a" * 50000, " " * 50000, "\t", "a<br>\n\n", "![a](/b)\n",
    ":) ", ":)", "a:) ", "**:)** ", "xD**", "*:)", "- [ ] a\n", "- [x] :)\n", "谢@", "@a谢", "_@a_ ", "http://a。", "http://a.b`",
    "http://a.b\n\n", "*a* *b*\n\n", "- [a](/b)\n",
]  # fmt: skip

SHAPED = {
    "links in links": nested("[", "a", "](/b)"),
    "links in angles": nested("[", "a", "](</b>)"),
    "pictures in pictures": nested("![", "a", "](/b)"),
    "pictures in links": nested("[![", "a", "](/b)](/c)"),
    "brackets": nested("[", "a", "]"),
    "emphasis in emphasis": nested("*a ", "b", " a*"),
    "strong in emphasis": nested("*a **b ", "c", " b** a*"),
    "strikes in emphasis": nested("*a ~~b ", "c", " b~~ a*"),
    "struck through and through": nested("~~a ", "b", " a~~"),
    "underscores and stars": nested("_a *b ", "c", " b* a_"),
    "quotes of one line each": "\n".join(">" * depth + " a" for depth in range(1, 315)),
    "ten thousand quotes": ">" * 10_000 + " a",
    "ten thousand spaced quotes": "> " * 10_000 + " a",
    "lists, deeper and deeper": "\n".join("  " * depth + "- a" for depth in range(220)),
    "numbers, deeper and deeper": "\n".join("   " * depth + "1. a" for depth in range(180)),
    "lists in one line": "- " * 20_000 + "a",
    "lists and quotes": "\n".join(("> - " * depth)[:400] + "a" for depth in range(150)),
    "containers, deeper and deeper": "\n".join(":" * width + "spoiler" for width in range(300, 2, -1)),
    "a wide table": "|" + "a|" * 150 + "\n|" + "-|" * 150 + "\n" + "a\n" * 24_000,
    "a square table": "|" + "a|" * 256 + "\n|" + "-|" * 256 + "\n" + "|\n" * 256,
    "a very wide table": "|" + "a|" * 12_000 + "\n|" + "-|" * 12_000 + "\n",
    "many small tables": repeated("|a|b|c|\n|-|-|-|\n" + "|\n" * 20 + "\n"),
    "a table of pipes": "a|b\n-|-\n" + repeated("|||\n"),
    "definitions of all names": numbered("[N]: /N\n"),
    "definitions and uses": "[a]: /b\n\n" + repeated("[a] "),
    "definitions and bangs": "[a]: /b\n\n" + repeated("![a] "),
    "a long definition used often": f"[a]: /{'b' * 1_500}\n\n" + repeated("[a]\n"),
    "an open definition": "[" + repeated("a\n    "),
    "an open title": '[a]: /b "' + repeated("a\n    "),
    "backticks of all lengths": runs("`", "a"),
    "backticks of all lengths, spaced": runs("`", " "),
    "backticks, shorter and shorter": "a".join("`" * length for length in range(314, 0, -1)),
    "backticks in brackets": runs("[`", "]"),
    "stars of all lengths": runs("*", "a"),
    "stars and spaces of all lengths": runs("*", " "),
    "underscores of all lengths": runs("_", "a "),
    "tildes of all lengths": runs("~", "a"),
    "half stars open, half close": "*a " * 8_000 + "a* " * 8_000,
    "half open by one, closed by two": "*a " * 8_000 + "a** " * 6_000,
    "openers of another kind": "_a " * 8_000 + "a* " * 8_000,
    "openers, then brackets": "*a " * 8_000 + "[" * 20_000,
    "open brackets, then one link": "[" * 25_000 + "](/a)",
    "open brackets, then closed ones": "[" * 16_000 + "](/a)" * 6_000,
    "open pictures, then closed ones": "![" * 12_000 + "](/a)" * 5_000,
    "parentheses in an address": "[a](" + "(" * 25_000 + ")" * 24_000 + ")",
    "a long address": "[a](/" + "b" * 49_000 + ")",
    "a long address of odd letters": "[a](/" + "é" * 49_000 + ")",
    "a long typed address": "http://a.b/" + "c" * 49_000,
    "a long typed address of brackets": "http://a.b/" + "(" * 24_000 + ")" * 24_000,
    "many long typed addresses": repeated("http://a.b/" + "c" * 1_900 + " "),
    "many addresses of brackets": repeated("http://a.b/" + "(a" * 900 + " "),
    "many addresses of dots": repeated("http://a.b/" + "...!?" * 390 + " "),
    "many hosts of dots": repeated("http://" + "a." * 900 + " "),
    "many hosts of dashes": repeated("http://" + "a-" * 900 + " "),
    "many hosts of odd letters": repeated("http://" + "é" * 900 + ".com "),
    "many logins": repeated("http://" + "a:" * 900 + "@b.c "),
    "many bare hosts": repeated("www." + "a." * 900 + " "),
    "a long mail address": "a" * 25_000 + "@" + "b" * 24_000,
    "mail of dots": repeated("a.b." * 60 + "@c."),
    "mail of many hosts": "a@" + repeated("b."),
    "names of all kinds": numbered("@aN "),
    "names in quotation marks": numbered('@"aN b" '),
    "long names": repeated("@" + "a" * 59 + " "),
    "smilies in a table": "|" + ":a:|" * 40 + "\n|" + "-|" * 40 + "\n" + repeated("|" + ":a:|" * 40 + "\n"),
    "many children of few parents": repeated("- **a**\n"),
    "a paragraph of pictures": repeated("![a](https://a.b/c) "),
    "piles of marks": repeated("a" + "\u0301" * 10_000),
    "rare piles of marks": repeated("a" + "\U0001d165" * 10_000),
    "all direction marks": repeated("\u202e\u202d\u2066\u2067a"),
    "references of odd letters": repeated("&#x202e;a"),
    "an indented page": repeated(" " * 300 + "a\n"),
    "tabs and quotes": repeated(">\t>\t>\ta\n"),
    "a heading of one line": "# " + repeated("*a* "),
    "underlined, one long": repeated("a\n") + "---",
    "code after code": repeated("`a` `b` "),
    "one large block of code": "```\n" + repeated("a[0] = b * c & d < e;\n") + "\n```",
    "one large indented block": repeated("    a[0] = b * c & d < e;\n"),
    "unfenced code": repeated("for (int i = 0; i < n; i++) { a[i] = *b++; }\n"),
    "a log": repeated("2021-03-09 12:00:01,123 [main] <info> a.b.c: took 3 ms (x=1, y=2)\n"),
    "a list of links": repeated("- [the name of a page](https://example.com/some/where) and words\n"),
    "mixed": repeated("*a* [b](/c) `d` ![e](/f) <http://g> &amp; @h :a: ~~i~~ \\* **j**\n"),
    "everything at the start of a line": repeated("> - # a\n1. > ```\n"),
}

HOSTILE = [*((repr(unit)[:30], repeated(unit)) for unit in REPEATED), *SHAPED.items()]


@pytest.mark.parametrize("text", [text for _, text in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_a_hostile_post_renders_quickly_and_stays_small(text: str) -> None:
    render("warm", LOOKUP)
    text = text[:LENGTH]
    html, spent = "", LIMIT
    for _ in range(TRIES):
        begun = time.thread_time()
        html = render(text, LOOKUP).html
        spent = min(spent, time.thread_time() - begun)
        if spent < LIMIT:
            break
    assert spent < LIMIT
    assert len(html) <= MAX_GROWTH * len(text)
    assert html or not clean_source(text).strip()


def _held_up(times: int) -> Lookup:
    """A lookup during which the process is held up for longer than a rendering may take, the first `times` times."""
    left = [times]

    def members(names: frozenset[str]) -> dict[str, str]:
        if left[0]:
            left[0] -= 1
            begun = time.thread_time()
            while time.thread_time() < begun + 1.1 * MAX_SECONDS:
                pass
        return dict.fromkeys(names, "/members/1-ben")

    return Lookup({}, members, frozenset())


def test_a_pause_of_the_process_does_not_take_a_post_its_markup() -> None:
    rendered = render("*Hello* @ben", _held_up(1))
    assert rendered.html == '<p><em>Hello</em> <a class="mention" href="/members/1-ben">@ben</a></p>\n'
    assert rendered.mentions == ("ben",)


def test_what_is_too_slow_twice_is_shown_as_text() -> None:
    assert render("*Hello* @ben", _held_up(2)).html == "<p>*Hello* @ben</p>"
