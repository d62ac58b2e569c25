"""Hostile mail is handled within a second each, and stops nothing."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from forum.inbox.delivery import deliver
from forum.inbox.html_text import text_of_html
from forum.inbox.parts import Unreadable, parse, text_of
from forum.inbox.reply_text import reply_of
from forum.inbox.rules import MAX_BYTES
from forum.infra.settings import Settings
from tests.conftest import settings_on
from tests.inbox.forms import INBOX

SECONDS = 4.0  # on a busy machine; a quiet one takes less than one
HEAD = b"From: a@b.example\r\nTo: forum+1-2-aaaaaaaaaaaaaaaaaaaa@talk.example\r\nMessage-ID: <1@b>\r\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_on(tmp_path / "data", **INBOX)


def nested(depth: int) -> bytes:
    opened = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return HEAD + opened + b"Content-Type: text/plain\r\n\r\nx\r\n"


def many_parts(count: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * count + b"--b--\r\n"


def one_part(head: bytes, count: int = 1) -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + (b"--b\r\n" + head + b"\r\n\r\nx\r\n") * count


def plain(body: bytes, *more: bytes) -> bytes:
    return HEAD + b"".join(more) + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body


MESSAGES: dict[str, Callable[[], bytes]] = {
    "10,000 parts": lambda: many_parts(10_000),
    "as many parts as are taken": lambda: many_parts(280),
    "parts inside parts": lambda: nested(2_000),
    "parts without headers": lambda: (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 300_000
    ),
    "a boundary that is everywhere": lambda: (
        HEAD + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n' + b"--\r\n" * 500_000
    ),
    "the largest text": lambda: plain(b"word " * (MAX_BYTES // 5)),
    "one line of colons": lambda: plain(b":" * 1_000_000),
    "quotes of 100,000 lines": lambda: plain(b"".join(b">" * (n % 60) + b" x\r\n" for n in range(100_000))),
    "introductions": lambda: plain(b"On 30/11/2026 at 18:47 On On On <a@b.example wrote:\r\n" * 100_000),
    "introductions without an end": lambda: plain((b"On " + b"a " * 140 + b":\r\n> x\r\n") * 20_000),
    "headers of Outlook": lambda: plain(b"From: a\r\nSent: b\r\n\r\n" * 100_000),
    "underscores": lambda: plain((b"_" * 400 + b"\r\n") * 20_000),
    "blank lines": lambda: plain(b" \r\n" * 1_000_000),
    "NULs": lambda: plain(b"\0" * 1_000_000, b"Subject: a\0b\r\n"),
    "a header without an end": lambda: b"A" * 5_000_000,
    "100,000 recipients": lambda: plain(b"x", b"Cc: " + b"forum+a@talk.example, " * 4_000 + b"\r\n"),
    "a broken header": lambda: plain(
        b"x", b'Content-Disposition: ;;;==="\r\nDate: \xff\xfe\r\nFrom: <<>>@@,,\r\n: x\r\n'
    ),
    "base64 that is none": lambda: plain(b"!!!=" * 100_000, b"Content-Transfer-Encoding: base64\r\n"),
    "uuencode that is none": lambda: plain(b"begin 644 x\r\nM\r\n" * 100, b"Content-Transfer-Encoding: x-uuencode\r\n"),
    "parameters without an end": lambda: one_part(b"Content-Type: text/plain;" + b" a=b;" * 1_500_000),
    "parameters on lines": lambda: one_part(b"Content-Type: text/plain;" + b"\r\n a=b;" * 190_000),
    "as many parameters as are taken, in all parts": lambda: one_part(
        b"Content-Type: text/plain;" + b" a=b;" * 780, 290
    ),
    "400,000 boundaries": lambda: plain(b"".join(b"boundary=%d " % number for number in range(400_000))),
    "parts that end with CR alone": lambda: many_parts(200_000).replace(b"\r\n", b"\r"),
    "a boundary in another spelling": lambda: (
        HEAD + b"Content-Type: multipart/mixed; boundary*=utf-8''b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 66_000
    ),
    "a boundary behind a comment": lambda: (
        HEAD + b"Content-Type: multipart/mixed; boundary (b) =b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 66_000
    ),
    "nothing": lambda: b"",
}


@pytest.mark.usefixtures("app_in_context")
@pytest.mark.parametrize("name", MESSAGES)
def test_a_hostile_message_takes_no_time_and_raises_nothing(name: str) -> None:
    raw = MESSAGES[name]()
    began = time.monotonic()
    assert deliver(raw) in {"nobody", "unreadable"}
    with suppress(Unreadable):
        reply_of(text_of(parse(raw)))
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 100_000,
        "<blockquote>" * 50_000 + "x",
        "<" * 400_000,
        "<a href='" + "x" * 400_000,
        "&#x" * 130_000,
        "<!--" * 100_000,
        "<table>" * 50_000,
        "</p>" * 100_000,
        "<script>" * 50_000 + "alert(1)",
    ],
    ids=lambda markup: markup[:12],
)
def test_hostile_html_takes_no_time(markup: str) -> None:
    began = time.monotonic()
    assert "alert" not in reply_of(text_of_html(markup))
    assert time.monotonic() - began < SECONDS
