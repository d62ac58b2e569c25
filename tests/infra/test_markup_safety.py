"""Whatever is typed, a post's HTML contains only what the allow-list permits."""

import html
import re
from html.parser import HTMLParser
from itertools import product
from urllib.parse import quote_plus

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.markup.allowlist import TABLE
from forum.markup.render import Lookup, render
from forum.markup.thread_local_renderer import renderer
from tests.parts import examples

LOOKUP = Lookup(
    smilies={":coffee:": ("☕", "Coffee"), ":)": ("🙂", '"<Smile>')},
    members=lambda names: dict.fromkeys(names, "/members/7-x"),
    own_hosts=frozenset({"forum.test"}),
    remote_images=True,
)
ADDRESS = re.compile(
    r"(https?://[^/\\@\s]+([/?#][^\s\\]*)?|mailto:[^\s\\]+|/([^/\\\s][^\s\\]*)?|#[^\s\\]*)", re.IGNORECASE
)
VALUES = {
    "class": {"quote", "quote-by", "mention", "spoiler", "link-card", "table-scroll", "smilie", "task"},
    "rel": {"nofollow ugc noopener"},
    "tabindex": {"0"},
    "role": {"img"},
    "loading": {"lazy"},
    "referrerpolicy": {"no-referrer"},
    "align": {"left", "center", "right"},
}

SCHEMES = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
    "javascript\t:alert(1)", "\x01javascript:alert(1)", " javascript:alert(1)", "\u2028javascript:alert(1)",
    "\xa0javascript:alert(1)", "javascript:1", "&#106;avascript:alert(1)", "&#x6A;avascript&colon;alert(1)",
    "javascript&#58;alert(1)", "java&Tab;script:alert(1)", "java&NewLine;script:alert(1)", "&#1;javascript:alert(1)",
    "javascript&colon;alert(1)", "&#0;javascript:alert(1)", "javascript:`alert(1)`", "javascript://%0aalert(1)",
    "javascript:/*--></title>*/alert(1)", "jav\\ascript:alert(1)", "%6aavascript:alert(1)", "javascript%3Aalert(1)",
    "\uff4aavascript:alert(1)", "java\u202escript:alert(1)", "java\u200bscript:alert(1)", "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHNjcmlwdD4=", "data:1",
    "data:image/svg+xml,<svg onload=alert(1)>", "blob:https://x/1", "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)", "file:///etc/passwd", "tel:1", "ftp://x", "ws://x", "about:blank",
    "chrome://x", "intent:x", "jar:http://x!/", "livescript:x", "//evil.test", "///evil.test", "/\\evil.test",
    "\\\\evil.test", "/\t/evil.test", "\t//evil.test", "/\n/evil.test", "https:evil.test", "http:/evil.test",
    "https:\\\\evil.test", "https://a@evil.test", "https://forum.test\\@evil.test", "https://", "http://[", "?x", "x",
    'https://evil.test/" onclick=alert(1) x="', "https://evil.test/' onmouseover='alert(1)",
    "https://x/`onload=alert(1)",
]  # fmt: skip
TAGS = [
    "<script>alert(1)</script>", "<ScRiPt src=//x></sCrIpT>", "<script\n>alert(1)</script >",
    "<<script>alert(1)//<</script>", "<img src=x onerror=alert(1)>", "<img/src=x/onerror=alert(1)>",
    "<img src=x onerror\n=\nalert(1)", "<IMG SRC=javascript:alert(1)>", "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//", "<svg><script>alert(1)</script>", "<svg><a xlink:href=javascript:alert(1)>x</a>",
    "<math><mtext><table><mglyph><style><!--</style><img src onerror=alert(1)>",
    "<math href=javascript:alert(1)>x</math>", "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>1</script>'>", "<object data=x>", "<embed src=x>", "<base href=//x>",
    "<form action=javascript:alert(1)><input type=submit>", "<button formaction=javascript:alert(1)>",
    "<input onfocus=alert(1) autofocus>", "<a href=javascript:alert(1)>x</a>", "<a/href='javascript:alert(1)'>x",
    "<a style=position:fixed>x</a>", "<p id=x class=y>z", "<style>*{x:expression(1)}</style>",
    "<link rel=stylesheet href=//x>", "<meta http-equiv=refresh content='0;url=javascript:1'>",
    "<body onload=alert(1)>", "<html onclick=alert(1)>", "<frameset onload=alert(1)>",
    "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)>", "<audio src onerror=alert(1)>",
    "<marquee onstart=alert(1)>", "<isindex action=j onclick=1>", "<template><script>1</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<textarea><script>1</script></textarea>",
    "<title><img onerror=1>", "<!--><img src=x onerror=alert(1)>-->",
    "<!--<img src='--><img src=x onerror=alert(1)//'>", "<![CDATA[<img onerror=1>]]>", "<?xml x?>", "<!doctype html>",
    "</p><script>alert(1)</script>", "</blockquote></div></article><h1>out", "<p/onclick=alert(1)>",
    "<x onclick=alert(1)>", "<b onmouseover=alert(1)>x</b>", "<table background=javascript:1>", "<td style='x'>",
    "<select><style></select><img src onerror=1></style>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;", "\u202e<script>\u202c", "\x00<scr\x00ipt>alert(1)</script>",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e", '" onmouseover="alert(1)', "' autofocus onfocus='alert(1)",
    "`\"'><img src=x onerror=alert(1)>", "]]>", "<xmp><img src=x onerror=alert(1)></xmp>", "<plaintext>",
    "<listing>&lt;img onerror=1&gt;</listing>", "<form id=x></form><button form=x>",
    "<a href='x' ping='//y' target=_blank download>", "<img srcset=//x>", "<img lowsrc=javascript:1>",
    "<picture><source srcset=//x>",
]  # fmt: skip
WRAPS = [
    "P", "[x](P)", "[x](<P>)", '[x](/ok "P")', "![x](P)", "![P](/ok)", "![P](/static/ok.png)", "<P>", "[P](/ok)",
    "[x]: P\n\n[x]", "[url=P]x[/url]", "[img]P[/img]", "[quote=P]x[/quote]", "|a|\n|-|\n|P|", "```P\nx\n```",
    "```\nP\n```", "`P`", "# P", "- P", "> P", "**P**", ":::spoiler P\nP\n:::", ":::card\nP\n:::", '@"P"', "@P",
    ":P:", "> [P](/posts/5)\n> P", "[![x](P)](P)", "http://P", "    P", "~~P~~\\\nP", "[x](/ok'P')", "[x](/ok#P)",
    "<https://x/P>", "www.P", "P@x.test", "&P;", "\\P", "1. P\n\n   P", "P\n---",
]  # fmt: skip


class Judge(HTMLParser):
    """Parses HTML and reports everything that the allow-list does not permit."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.objections: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TABLE:
            self.objections.append(tag)
        for name, value in attrs:
            if name not in TABLE.get(tag, {}) or not self.is_fine(name, value or ""):
                self.objections.append(f"{tag} {name}={value}")

    def is_fine(self, name: str, value: str) -> bool:
        if name in ("href", "src"):
            return bool(ADDRESS.fullmatch(value))
        return value in VALUES[name] if name in VALUES else name != "start" or value.isdigit()

    def handle_comment(self, data: str) -> None:
        self.objections.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.objections.append(f"declaration {decl}")

    def handle_pi(self, data: str) -> None:
        self.objections.append(f"instruction {data}")

    def unknown_decl(self, data: str) -> None:
        self.objections.append(f"declaration {data}")


def objections(text: str) -> list[str]:
    judge = Judge()
    judge.feed(text)
    judge.close()
    return judge.objections


@pytest.mark.parametrize("wrap", WRAPS)
def test_no_attack_in_any_context_passes_the_allow_list(wrap: str) -> None:
    for payload in SCHEMES + TAGS:
        rendered = render(wrap.replace("P", payload), LOOKUP).html
        assert not objections(rendered), payload
        assert renderer.gates.pass_last(rendered) == rendered, payload


def test_two_adjacent_attacks_do_not_help_each_other() -> None:
    for first, second in product(TAGS[::5], TAGS[1::5]):
        assert not objections(render(f"{first} [x](/y) {second}", LOOKUP).html)


@pytest.mark.parametrize("gate", ["bleach", "nh3"])
def test_each_sanitizer_alone_withstands_html_that_no_parser_made(gate: str) -> None:
    gates = renderer.gates
    clean = gates._bleach.clean if gate == "bleach" else gates._nh3.clean
    links = [f'<a href="{html.escape(address)}">x</a><img src="{html.escape(address)}">' for address in SCHEMES]
    raw = [f'<a href="{address}">x</a>' for address in SCHEMES if '"' not in address]
    for text in TAGS + links + raw:
        known = [word for word in objections(clean(text)) if not (gate == "nh3" and is_web_address_bent(word))]
        assert not known, text


def is_web_address_bent(objection: str) -> bool:
    """nh3 accepts any URL of an allowed scheme; the forum's own check requires a host."""
    return bool(re.match(r"(a|img) (href|src)=https?:", objection))


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_rendered_safely(text: str) -> None:
    rendered = render(text, LOOKUP).html
    assert not objections(rendered)
    assert renderer.gates.pass_last(rendered) == rendered


PIECES = st.sampled_from([
    "*", "_", "~", "`", "[", "]", "(", ")", "<", ">", "!", "#", "|", ":", "&", ";", '"', "\\", "@", "-", "+", ".",
    "=", "\n", "\t", " ", "/", "\n\n", "\n> ", "\n- ", "\n1. ", "\n    ", "```", ":::", ":::spoiler ", ":::card\n",
    "](", "![", "&#", "http://", "www.", "javascript:", "a", "B", "\xe9", "\u0301", "\u202e", "|-|-|\n", "/posts/5",
    '"', "'", ":coffee:", "<img src=x ", "-->",
    "- [ ] ", "- [x] a", ":)",
])  # fmt: skip


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_mixture_of_marks_is_rendered_safely(text: str) -> None:
    rendered = render(text, LOOKUP).html
    assert not objections(rendered)
    assert renderer.gates.sanitize(rendered) == rendered
    assert nh3.clean(rendered, link_rel=None).count("<script") == 0


def test_unusual_characters_raise_nothing() -> None:
    for text in [
        "\ud800",
        "\udfff\ud800 *a*",
        "\x00",
        "\ufffe\uffff",
        "\U0010ffff",
        "",
        " ",
        "\n",
        "\r\r\n",
        "\u2028a\u2029",
    ]:
        assert not objections(render(text, LOOKUP).html)


@pytest.mark.parametrize("mark", ["\ufffe", "\ufdd0", "\x01", "\x85", "\U0001ffff"])
def test_forbidden_characters_are_in_no_html(mark: str) -> None:
    escaped = quote_plus(mark)
    source = f"a{mark}b `c{mark}` &#{ord(mark)}; https://example.org/{escaped} [d](/x{escaped}{mark} 'e{mark}')"
    assert mark not in render(source, LOOKUP).html
    assert mark not in render("> " * 20_000 + mark, LOOKUP).html


def test_combining_marks_are_limited_and_no_character_reverses_the_page() -> None:
    rendered = render("a" + "\u0301" * 10_000 + " `x\u202ey` &#x202e;z &#x2067;" + "&#x301;" * 50, LOOKUP).html
    assert rendered == "<p>a" + "\u0301" * 8 + " <code>xy</code> z " + "\u0301" * 8 + "</p>\n"
    family = "👩\u200d👩\u200d👧\u200d👦 \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f הֶעָרָה"
    assert family in render(family, LOOKUP).html
