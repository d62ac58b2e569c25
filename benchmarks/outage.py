"""Checks that nodes answer a clear 503, to people and programs, while their database is down."""

import http.client
import secrets
import time
from urllib.parse import urlencode

from benchmarks.cluster_fixture import BUSY_THREAD
from benchmarks.scenarios import AGENT
from benchmarks.services import HOST
from benchmarks.traffic import FORM, TIMEOUT, missing_in_refusal
from tests.servers import LOOPBACK

SINCE = 1.0  # seconds after which no cached page is served without revalidation


def cache_pages(ports: list[int]) -> None:
    """Make nodes cache the page that is requested during the outage."""
    for port in ports:
        _ask(port, "GET", BUSY_THREAD, "")


def check_outage(ports: list[int], cookie: str) -> list[str]:
    """What is wrong with the nodes' answers during the outage."""
    time.sleep(SINCE)
    faults = []
    for port in ports:
        faults += _ask(port, "GET", BUSY_THREAD, "")
        faults += _ask(port, "GET", BUSY_THREAD, cookie)
        faults += _ask(port, "GET", "/api/v1/boards", "")
        faults += _ask(port, "GET", "/health/ready", "")
        faults += _ask(
            port, "POST", f"{BUSY_THREAD}/reply", cookie, f"Typed while nothing could be saved {secrets.token_hex(4)}"
        )
    return faults


def _ask(port: int, method: str, path: str, cookie: str, typed: str = "") -> list[str]:
    headers = (
        HOST
        | {"User-Agent": AGENT}
        | ({"Cookie": cookie} if cookie else {})
        | ({"Content-Type": FORM} if typed else {})
    )
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT)
    what = f"{method} {path} on port {port}"
    try:
        connection.request(method, path, urlencode({"body": typed}) if typed else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return [f"{what}: {type(error).__name__}"]
    finally:
        connection.close()
    if answer.status != 503:
        return [f"{what}: {answer.status}"]
    fault = missing_in_refusal(answer, text, typed)
    return [f"{what}: {fault}"] if fault else []
