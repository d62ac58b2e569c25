"""POST a form to a service within a total time: no redirects are followed, and at most 64 KiB are read."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urlencode, urlsplit

MAX_BYTES = 65536
USER_AGENT = "forum/1.0"


class Unavailable(Exception):
    """A service did not answer in time, or not as it should."""


@dataclass(frozen=True)
class Answer:
    """The body and headers of an answer with status 200."""

    body: str
    headers: Mapping[str, str]


def post_form(url: str, fields: Mapping[str, str], *, seconds: float) -> Answer:
    """Send a form. Raises Unavailable after so many seconds in all, name look-up included, or for another status."""
    found = SimpleQueue[Answer | Unavailable]()
    Thread(target=lambda: found.put(_sent(url, fields, seconds)), daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except Empty:
        raise _too_late(seconds) from None
    if isinstance(answer, Unavailable):
        raise answer
    return answer


def _too_late(seconds: float) -> Unavailable:
    return Unavailable(f"no answer within {seconds:g} seconds")


def _sent(url: str, fields: Mapping[str, str], seconds: float) -> Answer | Unavailable:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=seconds)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": USER_AGENT}
    try:
        connection.request("POST", parts.path, urlencode(fields), headers)
        response = connection.getresponse()
        body = response.read(MAX_BYTES + 1)
    except TimeoutError:  # of one step, at the moment at which the total time ends
        return _too_late(seconds)
    except (OSError, http.client.HTTPException) as error:
        return Unavailable(f"{type(error).__name__}: {error}"[:150])
    finally:
        connection.close()
    if response.status != http.client.OK:
        return Unavailable(f"status {response.status}")
    if len(body) > MAX_BYTES:
        return Unavailable("an answer that is too long")
    return Answer(body.decode("utf-8", "replace"), {name.lower(): value for name, value in response.getheaders()})
