"""How long guests see a stale cached page after a reply was acknowledged or a viewer arrived."""

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
PATIENCE = 20.0  # seconds until a change must be seen at all
SURE = 24  # requests in a row on separate connections, so that every process has answered
PAUSE = 0.01
VIEWERS = re.compile(r"Viewing This Thread \(Total: (\d+)")
VIEWS = re.compile(r"([\d,]+) views?\b")


def measure_freshness(netloc: str, place: Targets) -> dict[str, object]:
    """Worst case of a few: seconds until every process shows a reply, a new viewer and their view."""
    replies = [_of_reply(netloc, place) for _ in range(REPLIES)]
    joined_at = [_of_newcomer(netloc, place.thread) for _ in range(NEWCOMERS)]
    viewers, views = ([each[number] for each in joined_at] for number in (0, 1))
    return {"reply_seconds": max(replies), "viewers_seconds": max(viewers), "views_seconds": max(views)}


def _of_reply(netloc: str, place: Targets) -> float:
    writer = Writer(netloc, place.answered, as_member(place.writers[0]))
    text = f"Seen by all of them: {secrets.token_hex(8)}."
    writer.reply(f"The page before this one. {secrets.token_hex(4)}")
    page = urlsplit(writer.location)
    _look(netloc, f"{page.path}?{page.query}", lambda _: True)  # now every process has cached the page
    writer.reply(text)
    acknowledged = time.monotonic()
    writer.close()
    page = urlsplit(writer.location)
    return max(0.0, _look(netloc, f"{page.path}?{page.query}", lambda html: text in html) - acknowledged)


def _of_newcomer(netloc: str, path: str) -> tuple[float, float]:
    """Seconds until an earlier guest sees the new viewer, and the new view."""
    _look(netloc, path, lambda _: True)
    before = _page(netloc, path, AGENT)
    viewers, views = _number(VIEWERS, before), _number(VIEWS, before)
    _page(netloc, path, f"{AGENT} {secrets.token_hex(4)}")
    joined_at = time.monotonic()
    is_counted = _look(netloc, path, lambda html: _number(VIEWERS, html) > viewers)
    is_viewed = _look(netloc, path, lambda html: _number(VIEWS, html) > views)
    return max(0.0, is_counted - joined_at), max(0.0, is_viewed - joined_at)


def _look(netloc: str, path: str, is_new: Callable[[str], bool]) -> float:
    """The time from which on no process shows the old page."""
    began = last = time.monotonic()
    seen = 0
    while seen < SURE:
        if is_new(_page(netloc, path, AGENT)):
            seen += 1
        else:
            seen, last = 0, time.monotonic()
            time.sleep(PAUSE)
        if last - began > PATIENCE:
            raise LoadFailed(f"{path} was still stale after {PATIENCE:.0f} s")
    return last


def _page(netloc: str, path: str, agent: str) -> str:
    """Fetch a page as a guest on a new connection, which any process may answer."""
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
        raise LoadFailed(f"The page does not contain {form.pattern}")
    return int(found[1].replace(",", ""))
