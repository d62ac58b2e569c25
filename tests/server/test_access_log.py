"""Access-log lines contain the client's address if the operator wants it, for fail2ban."""

import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.running import served

FAILREGEX = r'"path": "/login", "status": "4\d\d".*"address": "(?P<host>[0-9.]+)"'  # docs/bad-days.md


@pytest.mark.parametrize("wanted", [True, False])
def test_a_refused_login_is_logged_with_the_address_only_if_enabled(tmp_path: Path, *, wanted: bool) -> None:
    more = {
        "FORUM_ACCESS_LOG": "on",
        "FORUM_LOG_FORMAT": "json",
        "FORUM_TRUSTED_PROXIES": "127.0.0.1",
        "FORUM_LOG_ADDRESSES": "on" if wanted else "off",
    }
    with served(tmp_path / "data", "--workers", "1", **more) as base:
        guess = urlencode({"username": "anna", "password": "wrong"}).encode()
        request = Request(f"{base}/login", data=guess, headers={"X-Forwarded-For": "192.0.2.7"})  # noqa: S310
        with pytest.raises(HTTPError):
            urlopen(request)  # noqa: S310 - our own loopback address
    (log,) = tmp_path.glob("serve-*.log")
    (line,) = [each for each in log.read_text().splitlines() if '"path": "/login"' in each]
    found = re.search(FAILREGEX, line)
    assert (found["host"] if found else None) == ("192.0.2.7" if wanted else None)
    assert ("192.0.2.7" in line) == wanted
