"""Slow clients and floods do not affect members; refusals have a readable body, on pages and in the API."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import select

from forum import body_limits
from forum.body_limits import GUEST, TEXT, BodyLimit
from forum.infra.database.db import session
from forum.middleware.guest_cache.request_tasks import RequestKind
from forum.models import Thread
from forum.presence.views import flush_views
from forum.server.asgi import AsgiForum
from forum.server.thread_pools import SITE_QUOTAS
from tests.server.asgi_client import AGENT, ask, ask_in_parts, form, scope_of
from tests.server.event_loop import run

PAGE, ROBOT, CACHED = SITE_QUOTAS[RequestKind.PAGE], SITE_QUOTAS[RequestKind.ROBOT], SITE_QUOTAS[RequestKind.CACHED]
FORM_TYPE = ("content-type", "application/x-www-form-urlencoded")
Story = Callable[[], Awaitable[None]]


@pytest.fixture
def slow(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Make the member list hang until the event is set."""
    go_on = Event()

    def show_all() -> str:
        go_on.wait(20)
        return "slow"

    monkeypatch.setitem(app.view_functions, "members.show_all", show_all)
    yield go_on
    go_on.set()


async def refused(tasks: list[asyncio.Task[int]], many: int) -> None:
    """Wait until so many requests have been answered."""
    until = time.monotonic() + 10
    while sum(each.done() for each in tasks) < many and time.monotonic() < until:
        await asyncio.sleep(0.01)


def flood(forum: AsgiForum, many: int, **headers: str) -> list[asyncio.Task[int]]:
    async def one(number: int) -> int:
        return (await ask(forum, "GET", "/members", b"", address=f"192.0.2.{number}", **headers)).status

    return [asyncio.create_task(one(number)) for number in range(many)]


def test_a_flood_of_guests_does_not_affect_members(forum: AsgiForum, cookie: str, slow: Event) -> None:
    async def scenario() -> None:
        requests = flood(forum, PAGE.at_once + PAGE.waiting + 12)
        await refused(requests, 12)
        assert (await ask(forum, "GET", "/account", cookie=cookie)).status == 200
        assert (await ask(forum, "GET", "/health/live")).text == "alive\n"
        assert (await ask(forum, "GET", "/health/ready")).text == "ready\n"
        assert (await ask(forum, "GET", "/avatars/61-3.svg")).status == 200
        assert (await ask(forum, "GET", "/login")).status == 503  # one page more than allowed
        slow.set()
        statuses = [await each for each in requests]
        assert statuses.count(503) == 12
        assert statuses.count(200) == PAGE.at_once + PAGE.waiting

    run(scenario())


def test_a_refused_visitor_reads_why_and_when_to_retry(forum: AsgiForum, slow: Event) -> None:
    async def scenario() -> None:
        requests = flood(forum, PAGE.at_once + PAGE.waiting)
        await asyncio.sleep(0.05)
        page = await ask(forum, "GET", "/members")
        problem = await ask(forum, "GET", "/api/v1/members")
        assert (page.status, problem.status) == (503, 503)
        assert page.headers["retry-after"] == problem.headers["retry-after"] == "5"
        assert "Just a moment" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert problem.headers["content-type"] == "application/problem+json"
        assert json.loads(problem.body)["status"] == 503
        slow.set()
        await asyncio.gather(*requests)

    run(scenario())


def test_a_forged_session_cookie_waits_with_the_guests(forum: AsgiForum, cookie: str, slow: Event) -> None:
    async def scenario() -> None:
        requests = flood(forum, PAGE.at_once + PAGE.waiting + 10, cookie="forum_session=" + "x" * 60)
        await refused(requests, 10)
        assert (await ask(forum, "GET", "/account", cookie=cookie)).status == 200
        slow.set()
        assert sorted([await each for each in requests]) == [200] * (len(requests) - 10) + [503] * 10

    run(scenario())


def test_robots_queue_behind_people_with_few_slots(forum: AsgiForum, slow: Event) -> None:
    async def scenario() -> None:
        robots = flood(forum, 20, user_agent="Googlebot/2.1")
        await refused(robots, 20 - PAGE.at_once - ROBOT.waiting)
        people = flood(forum, PAGE.waiting)
        await asyncio.sleep(0.05)
        slow.set()
        assert sum([await each == 200 for each in robots]) == PAGE.at_once + ROBOT.waiting
        assert [await each for each in people] == [200] * PAGE.waiting

    run(scenario())


def test_concurrent_requests_for_one_page_share_one_rendering(
    app: Flask, forum: AsgiForum, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    show = app.view_functions["threads.show"]

    def counted(**address: object) -> object:
        made.append(threading.get_ident())
        time.sleep(0.1)
        return show(**address)

    async def scenario() -> None:
        requests = (ask(forum, "GET", path, address=f"192.0.2.{number}") for number in range(60))
        assert {each.status for each in await asyncio.gather(*requests)} == {200}

    monkeypatch.setitem(app.view_functions, "threads.show", counted)
    run(scenario())
    assert len(made) == 1


def test_waiting_requests_for_one_page_are_limited(
    forum: AsgiForum, slow: Event, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.server.asgi.MAX_WAITING_PER_PAGE", 5)
    monkeypatch.setitem(app.view_functions, "index.show", app.view_functions["members.show_all"])

    async def scenario() -> None:
        requests = [asyncio.create_task(ask(forum, "GET", "/", address=f"192.0.2.{n}")) for n in range(10)]
        await asyncio.sleep(0.1)
        assert sum(each.done() for each in requests) == 4
        slow.set()
        assert sorted([(await each).status for each in requests]) == [200] * 6 + [503] * 4

    run(scenario())


def test_who_gave_up_waiting_for_a_page_leaves_room_for_the_next(
    forum: AsgiForum, slow: Event, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.server.asgi.MAX_WAITING_PER_PAGE", 2)
    monkeypatch.setitem(app.view_functions, "index.show", app.view_functions["members.show_all"])

    async def scenario() -> None:
        first, *gone = [asyncio.create_task(ask(forum, "GET", "/", address=f"192.0.2.{n}")) for n in range(3)]
        await asyncio.sleep(0.1)
        for each in gone:
            each.cancel()
        await asyncio.wait(gone)
        later = [asyncio.create_task(ask(forum, "GET", "/", address=f"198.51.100.{n}")) for n in range(3)]
        await asyncio.sleep(0.1)
        assert [each.done() for each in later] == [False, False, True]
        slow.set()
        assert [(await each).status for each in [first, *later]] == [200, 200, 200, 503]

    run(scenario())


@pytest.mark.slow
def test_a_guest_who_cannot_be_counted_yet_gets_the_cached_page_and_is_counted_later(
    app: Flask, forum: AsgiForum, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = Event()

    async def scenario() -> None:
        for _ in range(2):
            assert (await ask(forum, "GET", path)).status == 200
        monkeypatch.setattr(
            "forum.middleware.guest_cache.viewer_fragment.ViewerFragments.apply_update", lambda *_: hangs.wait(10)
        )
        requests = [asyncio.create_task(ask(forum, "GET", path, address=f"198.51.100.{n}")) for n in range(90)]
        await asyncio.sleep(SITE_QUOTAS[RequestKind.CACHED].seconds + 0.5)
        assert sum(each.done() for each in requests) == 90 - CACHED.at_once
        hangs.set()
        assert {(await each).status for each in requests} == {200}

    run(scenario())
    until = time.monotonic() + 10
    while _views(app) < 91 - CACHED.at_once and time.monotonic() < until:
        time.sleep(0.1)
    assert _views(app) == 91 - CACHED.at_once  # less those whom the hanging threads were to count


def _views(app: Flask) -> int:
    with app.app_context():
        flush_views()
        return session.scalars(select(Thread.view_count)).one()


def test_slow_bodies_take_no_slot(forum: AsgiForum, app: Flask) -> None:
    async def scenario() -> None:
        head = [FORM_TYPE, ("content-length", "3000")]
        paths = ("/login", "/logout", "/reset", "/threads/1-where-the-moon-is/viewers", "/api/v1/threads/1/posts")
        scopes = [scope_of("POST", paths[n % len(paths)], head, address=f"192.0.2.{n}") for n in range(200)]
        hanging = [asyncio.create_task(ask_in_parts(forum, each, [_part(b"x")])) for each in scopes]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        assert (await ask(forum, "POST", "/login", b"username=anna&password=x", **form())).status == 403
        assert (await ask(forum, "GET", "/members")).status == 200
        assert time.monotonic() - began < 2
        assert not any(each.done() for each in hanging)
        for each in hanging:
            each.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    run(scenario())


def _part(body: bytes, *, last: bool = False) -> dict[str, object]:
    return {"type": "http.request", "body": body, "more_body": not last}


def test_a_body_that_does_not_arrive_in_time_gets_an_error(forum: AsgiForum, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limits, "GUEST", BodyLimit(1000, 0.05))

    async def scenario() -> None:
        for path, kind in (("/login", "text/html; charset=utf-8"), ("/api/v1/preview", "application/problem+json")):
            scope = scope_of("POST", path, [("content-length", "10")], address="192.0.2.1")
            response = await ask_in_parts(forum, scope, [_part(b"x")])
            assert (response.status, response.headers["content-type"]) == (408, kind)
            assert "did not arrive in time" in response.text

    run(scenario())


def test_each_kind_of_request_has_its_own_body_limit(forum: AsgiForum, cookie: str, path: str) -> None:
    async def status(target: str, size: int, **headers: str) -> int:
        return (await ask(forum, "POST", target, b"x" * size, **form(), **headers)).status

    async def scenario() -> None:
        assert await status("/login", GUEST.most_bytes) == 403
        assert await status("/login", GUEST.most_bytes + 1) == 413
        assert await status(f"{path}/reply", GUEST.most_bytes + 1) == 413
        assert await status(f"{path}/reply", TEXT.most_bytes, cookie=cookie) == 403
        assert await status(f"{path}/reply", TEXT.most_bytes + 1, cookie=cookie) == 413
        assert await status("/logout", 2**16 + 1, cookie=cookie) == 413
        assert await status("/api/v1/preview", TEXT.most_bytes, cookie=cookie) == 403
        response = await ask(forum, "POST", "/api/v1/preview", b"x" * (2**16 + 1))
        assert (response.status, response.headers["content-type"]) == (413, "application/problem+json")

    run(scenario())


def test_a_truncated_body_is_not_processed(forum: AsgiForum, app: Flask) -> None:
    async def scenario() -> None:
        scope = scope_of("POST", "/login", [("transfer-encoding", "chunked"), FORM_TYPE], address="192.0.2.1")
        response = await ask_in_parts(forum, scope, [_part(b"username=anna"), {"type": "http.disconnect"}])
        assert response.status == 0

    run(scenario())


def test_a_hanging_probe_takes_no_slot_from_critical_requests(
    app: Flask, forum: AsgiForum, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = Event()
    monkeypatch.setitem(app.view_functions, "health.ready", lambda: str(go_on.wait(20)))

    async def scenario() -> None:
        probes = [asyncio.create_task(ask(forum, "GET", "/health/ready")) for _ in range(5)]
        await asyncio.sleep(0.05)
        assert (await ask(forum, "GET", "/health/live")).status == 200
        assert (await ask(forum, "GET", "/avatars/61-3.svg")).status == 200
        assert (await ask(forum, "GET", "/account", cookie=cookie)).status == 200
        go_on.set()
        assert {(await each).status for each in probes} == {200}

    run(scenario())


def test_a_request_with_two_host_headers_is_refused(forum: AsgiForum) -> None:
    async def scenario() -> None:
        scope = scope_of("GET", "/", address="192.0.2.1")
        scope["headers"].append((b"host", b"evil.test"))
        assert (await ask_in_parts(forum, scope, [])).status == 400

    run(scenario())


def test_an_error_outside_the_app_gets_a_response_too(
    forum: AsgiForum, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("forum.middleware.guest_cache.upstream.Upstream.call_flask", broken)

    async def scenario() -> None:
        response = await ask(forum, "GET", "/members")
        assert (response.status, "Something went wrong" in response.text) == (500, True)

    run(scenario())
    assert "ZeroDivisionError" in caplog.text


def test_a_page_is_the_same_with_and_without_the_server(app: Flask, forum: AsgiForum, path: str) -> None:
    async def scenario() -> None:
        for target in (path, f"{path}?page=1&utm_source=x", "/robots.txt", "/members"):
            response = await ask(forum, "GET", target, address="127.0.0.1")
            plain = app.test_client().get(target, headers={"User-Agent": AGENT})
            assert (response.status, response.body) == (plain.status_code, plain.data)
            assert {name.lower() for name in plain.headers.keys()} == set(response.headers)  # noqa: SIM118

    run(scenario())
