"""A request body is read whole, within its size and time limits; slow or oversized bodies are abandoned."""

import asyncio
from typing import Any

import pytest

from forum.body_limits import BodyLimit
from forum.server import request_body
from forum.server.request_body import BodyReader, Disconnected, Receive, TooLarge, TooSlow
from tests.server.event_loop import run

LIMIT = BodyLimit(1000, 5.0)


def part(body: bytes, *, last: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": not last}


GONE = {"type": "http.disconnect"}


def sender(*parts: dict[str, Any], pause: float = 0.0) -> Receive:
    """Send parts with a pause before each, and then nothing more."""
    left = list(parts)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause)
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


def read(*parts: dict[str, Any], length: int | None = None, limit: BodyLimit = LIMIT, pause: float = 0.0) -> bytes:
    return run(BodyReader(10_000).read(sender(*parts, pause=pause), limit, length))


def test_a_body_is_assembled_from_its_parts() -> None:
    assert read(part(b"one "), part(b""), part(b"two", last=True), length=7) == b"one two"
    assert read(part(b"", last=True), length=0) == b""


def test_a_body_may_be_as_large_as_its_limit_and_no_larger() -> None:
    assert len(read(part(b"x" * 1000, last=True), length=1000)) == 1000
    assert len(read(part(b"x" * 500), part(b"x" * 500, last=True))) == 1000
    with pytest.raises(TooLarge):
        read(part(b"x" * 500), part(b"x" * 501, last=True))


def test_a_body_declared_too_large_is_read_before_it_is_refused_so_that_the_client_gets_the_answer() -> None:
    sent = [part(b"x" * 600), part(b"x" * 600, last=True)]
    with pytest.raises(TooLarge):
        read(*sent, length=1200)


def test_a_body_declared_huge_or_that_does_not_arrive_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "DISCARDED_SECONDS", 0.02)
    with pytest.raises(TooLarge):
        read(length=2**40)
    with pytest.raises(TooLarge):
        read(part(b"x"), length=1200)


def test_a_body_past_its_deadline_is_abandoned_however_steadily_it_arrives() -> None:
    with pytest.raises(TooSlow):
        read(part(b"x"), limit=BodyLimit(1000, 0.05), length=10)
    with pytest.raises(TooSlow):
        read(*[part(b"x")] * 100, limit=BodyLimit(1000, 0.05), pause=0.01)


def test_a_truncated_body_is_never_taken_for_a_complete_one() -> None:
    with pytest.raises(Disconnected):
        read(part(b"half of it"), GONE, length=1000)
    with pytest.raises(Disconnected):
        read(part(b"half of it"), GONE)


def test_when_memory_for_bodies_is_full_the_longest_waiting_one_is_abandoned() -> None:
    async def scenario() -> tuple[bytes | BaseException, ...]:
        reader = BodyReader(1500)
        slow = [asyncio.create_task(reader.read(sender(part(b"x" * 600)), LIMIT, 700)) for _ in range(2)]
        await asyncio.sleep(0.01)
        quick = asyncio.create_task(reader.read(sender(part(b"y" * 600), part(b"y", last=True)), LIMIT, 601))
        last = asyncio.create_task(reader.read(sender(part(b"z", last=True)), LIMIT, 1))
        results = await asyncio.gather(slow[0], quick, last, return_exceptions=True)
        slow[1].cancel()
        await asyncio.gather(slow[1], return_exceptions=True)
        assert reader._held == 0
        assert reader._reading == {}
        return results

    given_up, quick, last = run(scenario())
    assert isinstance(given_up, TooSlow)
    assert quick == b"y" * 601
    assert last == b"z"
