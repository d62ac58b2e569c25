"""ASGI scopes are translated to WSGI environs, and no header can pose as another."""

from typing import Any

import pytest

from forum.server.wsgi_environ import BadRequest, declared_length, environ_of, has_body, set_body
from tests.server.asgi_client import scope_of


def environ(*headers: tuple[bytes, bytes], **changed: Any) -> dict[str, Any]:
    scope = scope_of("GET", "/", address="192.0.2.1") | {"headers": list(headers)} | changed
    return environ_of(scope)


def test_a_header_with_an_underscore_is_never_taken_for_the_one_it_resembles() -> None:
    result = environ(
        (b"x-forwarded-for", b"192.0.2.7"),
        (b"x_forwarded_for", b"6.6.6.6"),
        (b"x-forwarded_host", b"evil.test"),
        (b"content_length", b"7"),
    )
    assert result["HTTP_X_FORWARDED_FOR"] == "192.0.2.7"
    assert "HTTP_X_FORWARDED_HOST" not in result
    assert not has_body(result)


def test_repeated_headers_are_joined_in_order() -> None:
    result = environ(
        (b"x-forwarded-for", b"1"),
        (b"cookie", b"a=1"),
        (b"accept", b"text/html"),
        (b"cookie", b"b=2"),
        (b"x-forwarded-for", b"2"),
    )
    assert result["HTTP_X_FORWARDED_FOR"] == "1, 2"
    assert result["HTTP_COOKIE"] == "a=1; b=2"


@pytest.mark.parametrize("name", [b"host", b"content-length", b"content-type", b"authorization", b"origin"])
def test_a_request_with_contradictory_headers_is_refused(name: bytes) -> None:
    with pytest.raises(BadRequest):
        environ((name, b"1"), (name, b"2"))


def test_a_path_is_latin1_decoded_bytes_as_in_wsgi() -> None:
    result = environ(raw_path=b"/threads/1-%E6%9C%88%20x%2Fy%ff", query_string=b"page=2&q=%20")
    assert result["PATH_INFO"].encode("latin-1") == b"/threads/1-\xe6\x9c\x88 x/y\xff"
    assert result["QUERY_STRING"] == "page=2&q=%20"


@pytest.mark.parametrize("path", [b"*", b"evil.test:443", b""])
def test_a_target_that_is_no_path_is_refused(path: bytes) -> None:
    with pytest.raises(BadRequest):
        environ(raw_path=path, path=path.decode())


def test_non_ascii_bytes_in_a_header_are_preserved() -> None:
    assert environ((b"cookie", b"name=\xe6\x9c\x88; a=1"))["HTTP_COOKIE"].encode("latin-1") == b"name=\xe6\x9c\x88; a=1"


def test_a_body_is_passed_on_whole_however_it_was_sent() -> None:
    result = environ((b"transfer-encoding", b"chunked"))
    assert has_body(result)
    assert declared_length(result) is None
    set_body(result, b"abc")
    assert result["wsgi.input"].read() == b"abc"
    assert result["CONTENT_LENGTH"] == "3"
    assert "HTTP_TRANSFER_ENCODING" not in result
    assert declared_length(environ((b"content-length", b"12"))) == 12
