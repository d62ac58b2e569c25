"""How long guests are shown a page that was kept after a reply was acknowledged, or after somebody came."""

import http.client
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from benchmarks.forum_under_test import Targets
from benchmarks.load import LoadFailed
from benchmarks.replies import Writer
from benchmarks.scenarios import AGENT, PLAIN, as_member

REPLIES, NEWCOMERS = 5, 2
PATIENCE = 20.0  # seconds in which it must be seen at all
SURE = 24  # looks in a row, by connections of their own, so that every process was asked
PAUSE = 0.01
VIEWERS = re.compile(r"Viewing This Thread \(Total: (\d+)")
VIEWS = re.compile(r"([\d,]+) views?\b")


def measure_freshness(netloc: str, place: Targets) -> dict[str, object]:
    """The longest of some: seconds until a reply, a new viewer and their view are in the page on every process."""
    replies = [_of_reply(netloc, place) for _ in range(REPLIES)]
    came = [_of_newcomer(netloc, place.thread) for _ in range(NEWCOMERS)]
    viewers, views = ([each[number] for each in came] for number in (0, 1))
    return {"reply_seconds": max(replies), "viewers_seconds": max(viewers), "views_seconds": max(views)}


def _of_reply(netloc: str, place: Targets) -> float:
    writer = Writer(netloc, place.answered, as_member(place.writers[0]))
    text = f"Seen by all of them: {secrets.token_hex(8)}."
    writer.reply(f"The page before this one. {secrets.token_hex(4)}")
    page = urlsplit(writer.location)
    _look(netloc, f"{page.path}?{page.query}", lambda _: True)  # every process keeps the page now
    writer.reply(text)
    acknowledged = time.monotonic()
    writer.close()
    page = urlsplit(writer.location)
    return max(0.0, _look(netloc, f"{page.path}?{page.query}", lambda html: text in html) - acknowledged)


def _of_newcomer(netloc: str, path: str) -> tuple[float, float]:
    """For how long the viewers, and the views, are shown as before to somebody who is known."""
    _look(netloc, path, lambda _: True)
    before = _page(netloc, path, AGENT)
    viewers, views = _number(VIEWERS, before), _number(VIEWS, before)
    _page(netloc, path, f"{AGENT} {secrets.token_hex(4)}")
    came = time.monotonic()
    is_counted = _look(netloc, path, lambda html: _number(VIEWERS, html) > viewers)
    is_viewed = _look(netloc, path, lambda html: _number(VIEWS, html) > views)
    return max(0.0, is_counted - came), max(0.0, is_viewed - came)


def _look(netloc: str, path: str, is_new: Callable[[str], bool]) -> float:
    """The moment after which no process shows the page as it was before."""
    began = last = time.monotonic()
    seen = 0
    while seen < SURE:
        if is_new(_page(netloc, path, AGENT)):
            seen += 1
        else:
            seen, last = 0, time.monotonic()
            time.sleep(PAUSE)
        if last - began > PATIENCE:
            raise LoadFailed(f"{path} was still as before after {PATIENCE:.0f} s")
    return last


def _page(netloc: str, path: str, agent: str) -> str:
    """A guest's look by a connection of its own: any process may answer."""
    line = http.client.HTTPConnection(netloc, timeout=PATIENCE)
    try:
        line.request("GET", path, headers=PLAIN | {"User-Agent": agent})
        answer = line.getresponse()
        return answer.read().decode()
    finally:
        line.close()


def _number(form: re.Pattern[str], html: str) -> int:
    found = form.search(html)
    if found is None:
        raise LoadFailed(f"The page does not say {form.pattern}")
    return int(found[1].replace(",", ""))
