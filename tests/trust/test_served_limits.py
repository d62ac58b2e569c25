"""On a real server: limits hold across workers, by the address from a trusted proxy, per /64."""

import http.client
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from forum.infra.ephemeral.rate_limits import BATCH_REQUESTS
from forum.members.rules import LOGINS_AN_HOUR, LOGINS_PER_QUARTER_HOUR
from forum.request_guards import REQUESTS_A_MINUTE
from tests.conftest import token_in
from tests.running import served

WORKERS = 3
AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture(scope="module")
def behind_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that trusts proxies on this machine."""
    data = tmp_path_factory.mktemp("served") / "data"
    more = {"FORUM_LIMITS": "on", "FORUM_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8", "FORUM_SEED": "defaults"}
    with served(data, "--workers", str(WORKERS), **more) as base:
        yield int(base.rpartition(":")[2])


def ask(port: int, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str, str]:
    """Status, cookie and text of the response, over a new connection, so that any worker may serve it."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.request(method, path, body, AGENT | {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        cookie = (answer.headers.get("Set-Cookie") or "").partition(";")[0]
        return answer.status, cookie, answer.read().decode()


def fail_to_log_in(port: int, name: str, scores_in_lists_of: str) -> int:
    """The status of a login with a wrong password, from an address given by the proxy."""
    _, cookie, page = ask(port, "GET", "/login", X_Forwarded_For=scores_in_lists_of)
    form = urlencode({"username": name, "password": "a wrong password", "csrf_token": token_in(page)})
    kind = "application/x-www-form-urlencoded"
    return ask(port, "POST", "/login", form, X_Forwarded_For=scores_in_lists_of, Cookie=cookie, Content_Type=kind)[0]


def test_failed_logins_of_one_64_are_counted_together_across_workers(behind_proxy: int) -> None:
    statuses = [
        fail_to_log_in(behind_proxy, f"nobody {number}", f"2001:db8:1:2:{number:x}::{number:x}")
        for number in range(LOGINS_AN_HOUR + 1)
    ]
    assert statuses == [422] * LOGINS_AN_HOUR + [429]
    assert fail_to_log_in(behind_proxy, "nobody", "2001:db8:1:3::1") == 422


def test_guesses_at_one_account_are_counted_across_workers_and_addresses(behind_proxy: int) -> None:
    statuses = [
        fail_to_log_in(behind_proxy, "somebody", f"198.51.100.{number}, 10.1.2.{number}")
        for number in range(LOGINS_PER_QUARTER_HOUR + 1)
    ]
    assert statuses == [422] * LOGINS_PER_QUARTER_HOUR + [429]


def test_pages_of_one_address_are_limited_across_workers_and_others_are_not(behind_proxy: int) -> None:
    most = REQUESTS_A_MINUTE + (BATCH_REQUESTS - 1) * (WORKERS - 1)
    statuses = Counter(
        ask(behind_proxy, "GET", "/members", X_Forwarded_For="6.6.6.6, 192.0.2.55")[0] for _ in range(most + 20)
    )
    assert REQUESTS_A_MINUTE <= statuses[200] <= most
    assert statuses[429] >= 20
    assert ask(behind_proxy, "GET", "/members", X_Forwarded_For="6.6.6.6, 192.0.2.56")[0] == 200


def test_forwarded_addresses_are_ignored_without_a_trusted_proxy(tmp_path: Path) -> None:
    with served(tmp_path / "data", "--workers", str(WORKERS), FORUM_LIMITS="on", FORUM_SEED="defaults") as base:
        port = int(base.rpartition(":")[2])
        statuses = [
            fail_to_log_in(port, f"nobody {number}", f"198.51.100.{number}") for number in range(LOGINS_AN_HOUR + 1)
        ]
    assert statuses == [422] * LOGINS_AN_HOUR + [429]
