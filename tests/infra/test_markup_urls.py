"""URLs are parsed as a browser parses them."""

from itertools import product

import pytest

from forum.markup.urls import is_allowed, is_own, is_own_path

HERE = [
    "/", "/threads/5-russia-china?page=2#post-9", "/search?q=a%20b+c&by=%C3%A9", "/?next=1", "/#top",
    "/search?q=\u65e5\u672c", "/a/b.c/d..e",
]  # fmt: skip
AWAY = [
    "", "x", "threads/5", "?a", "#a", "//evil.test", "///evil.test", "////evil.test", "/\\evil.test", "\\/evil.test",
    "\\\\evil.test", "http://evil.test", "https:evil.test", "https:/evil.test", "HTTP://evil.test",
    "javascript:alert(1)", "JaVa\tScript:alert(1)", "data:text/html,x", "mailto:a@b.test", "/\t/evil.test",
    "/\n/evil.test", "\t//evil.test", " //evil.test", "\x00//evil.test", "/%09/evil.test", "/%2f/evil.test",
    "/%2F%2Fevil.test", "/%5cevil.test", "/%5Cevil.test", "/%252f/evil.test", "/%255cevil.test", "/.//evil.test",
    "/..//evil.test", "/./evil.test", "/../evil.test", "/%2e%2e//evil.test", "/%2e/evil.test", "/a/..//evil.test",
    "/a/%2e%2e//evil.test", "/a//evil.test", "/@evil.test", "/;@evil.test", "/:80", "/a\\b", "/a%5cb",
    "/a\r\nLocation: //evil.test", "/a%0d%0aSet-Cookie:x", "/a%00b", "/a b", "/\u2028evil", "/a\u2028", "/a\x7f",
    "/a\x85", "/\uff0fevil.test", "/\u3002evil.test", "/\u3002evil", "http:/\\evil.test", "//evil.test\\@forum.test",
    "//forum.test@evil.test", "/" + "a" * 3000, "/%25252525252fa",
]  # fmt: skip


@pytest.mark.parametrize("url", HERE)
def test_a_form_may_redirect_to_a_page_of_this_forum(url: str) -> None:
    assert is_own_path(url)


@pytest.mark.parametrize("url", AWAY)
def test_a_form_redirects_nowhere_else(url: str) -> None:
    assert not is_own_path(url)


def test_no_mixture_of_slashes_dots_and_control_characters_redirects_elsewhere() -> None:
    pieces = ["/", "\\", ".", "..", "%2f", "%5c", "%09", "\t", "\n", " ", "@", ":", "%2e", "\u2215", "%00"]
    for first, second, third in product(pieces, repeat=3):
        assert not is_own_path(f"/{first}{second}{third}/evil.test")
        assert not is_own_path(f"{first}{second}{third}evil.test")


GOOD = [
    "http://a.test", "https://a.test:8443/b?c#d", "HTTPS://A.test/b//c", "https://[::1]:80/", "http://b\xfccher.test",
    "/a", "#b", "/", "mailto:a@b.test", " https://a.test/ ", "/a:b", "#javascript:alert(1)",
    "https://medium.test/@name/x", "http://127.0.0.1/",
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_a_post_may_link_to_web_pages_mail_addresses_and_own_paths(url: str) -> None:
    assert is_allowed(url)


BAD = [
    "", "   ", "a", "a/b", "./a", "?a", "//a.test", "/\\a.test", "\\a", "https:a.test", "https:/a.test", "https://",
    "http:///a.test", "https://a.test\\b", "https://a@b.test/", "https://a:b@c.test", "https://a b.test",
    "https://a<b", "https://[a", "https://a.test:x/", "javascript:1", "java\nscript:1", "\x01javascript:1",
    "java\x00script:1", "data:1", "ftp://a.test", "tel:1", "mailto:", "a:b", "javascript\u200b:1", "vbscript:1",
    "x-y:1", "/a\x00b", "/a\u2028b", "https://a.test/" + "b" * 2000, "feed:https://a.test",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD)
def test_a_post_links_to_nothing_else(url: str) -> None:
    assert not is_allowed(url)


def test_our_own_hosts_are_known_with_and_without_their_port() -> None:
    hosts = frozenset({"forum.test", "localhost:8000"})
    assert all(
        is_own(url, hosts)
        for url in ["/a", "#b", "https://forum.test", "http://FORUM.test:8000/x", "http://localhost:8000/"]
    )
    away = [
        "https://a.test",
        "//forum.test",
        "https://forum.test.evil.test",
        "http://localhost:9/",
        "mailto:a@forum.test",
        "https://evilforum.test",
    ]
    assert not any(is_own(url, hosts) for url in away)
