"""Streams of real servers: through nginx and Caddy, from one node to another, and to clients that do not read."""

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases import postgres_database, redis_url
from tests.live.served_streams import THREAD, Stream, Writer
from tests.proxies import PROXIES
from tests.running import create_member, served

pytestmark = [pytest.mark.process, pytest.mark.slow]

WITHIN_SECONDS = 1.0  # in which a reply must come, of some the fastest one: other tests run beside this one
REPLIES = 4


def assert_replies_come_at_once(writer: Writer, stream: Stream, within: float) -> None:
    took = []
    for number in range(REPLIES):
        writer.reply(f"What all wait for, {number}")
        began = time.monotonic()
        took.append(stream.came_at(f"What all wait for, {number}") - began)
    assert min(took) < within, took


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_reply_comes_within_a_second_through_a_proxy(tmp_path: Path, proxy: str) -> None:
    data, trusted = tmp_path / "data", {"FORUM_TRUSTED_PROXIES": "127.0.0.1"}
    with served(data, "--workers", "1", FORUM_SEED="document", **trusted) as base:
        create_member(data, "anna")
        with PROXIES[proxy](int(base.rpartition(":")[2])) as port:
            front = f"http://127.0.0.1:{port}"
            writer = Writer(front, "anna")
            began = time.monotonic()
            with Stream(front, writer.read(THREAD)) as stream:
                assert stream.came_at("retry: ") - began < WITHIN_SECONDS * 3
                assert_replies_come_at_once(writer, stream, WITHIN_SECONDS)


@pytest.mark.postgres
@pytest.mark.parametrize("with_redis", [False, pytest.param(True, marks=pytest.mark.redis)], ids=["alone", "redis"])
def test_a_reply_and_who_is_writing_come_from_one_node_to_another(tmp_path: Path, *, with_redis: bool) -> None:
    settings = {
        "FORUM_DATABASE_URL": postgres_database("nodes_redis" if with_redis else "nodes"),
        "FORUM_REDIS_URL": redis_url(15) if with_redis else "",
        "FORUM_SECRET_KEY": "a key of two nodes, long enough to be taken",
        "FORUM_SEED": "document",
    }
    with ExitStack() as stack:
        here = stack.enter_context(served(tmp_path / "here", "--workers", "1", **settings))
        there = stack.enter_context(served(tmp_path / "there", "--workers", "1", **settings))
        create_member(tmp_path / "here", "anna", FORUM_DATABASE_URL=settings["FORUM_DATABASE_URL"])
        writer = Writer(there, "anna")
        stream = stack.enter_context(Stream(here, writer.read(THREAD)))
        stream.came_at("retry: ")
        assert_replies_come_at_once(writer, stream, WITHIN_SECONDS * 1.5)
        writer.send(THREAD, f"{THREAD}/typing", typing="1")
        began = time.monotonic()
        assert stream.came_at("is replying") - began < WITHIN_SECONDS * 5
