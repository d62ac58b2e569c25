"""What is asked for: addresses as guests and members ask for them, by a browser's own headers."""

import re
import secrets
from dataclasses import dataclass, field

from benchmarks.forum_under_test import Place
from benchmarks.load import Broken

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GUEST = {"User-Agent": AGENT, "Accept-Encoding": "br"}
PLAIN = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
REPLIES = {"reply": 1, "reply-8": 8}  # members who write at once
COMMON = "water+people"  # two of the sample's commonest words: most posts hold one


@dataclass(frozen=True)
class Scenario:
    """A page that is read; `is_revisit` says that the reader has it already and asks whether it changed."""

    name: str
    path: str
    headers: dict[str, str] = field(default_factory=lambda: dict(GUEST))
    is_revisit: bool = False


def readings(place: Place) -> list[Scenario]:
    """All that is read, in the table's order."""
    member = GUEST | {"Cookie": place.reader}
    pages = {"index": "/", "board": place.board, "thread": place.thread, "giant-last": place.giant}
    api = "/api/v1/threads"
    return [
        *(Scenario(f"guest-{name}", path) for name, path in pages.items()),
        Scenario("guest-thread-304", place.thread, is_revisit=True),
        Scenario("guest-thread-identity", place.thread, PLAIN),
        Scenario("guest-feed", "/feed.atom"),
        *(Scenario(f"member-{name}", path, member) for name, path in pages.items()),
        Scenario("search", f"/search?q={place.sought}", member),
        Scenario("search-common", f"/search?q={COMMON}", member),
        Scenario("similar", f"{api}/{place.talked_id}/similar"),
        Scenario("api-thread", f"{api}/{place.thread_id}"),
    ]


def names() -> list[str]:
    """Of all scenarios."""
    nowhere = Place("", "", 0, "", "", 0, 0, "", "", ())
    return [*(each.name for each in readings(nowhere)), *REPLIES]


def as_member(cookie: str) -> dict[str, str]:
    """The headers of a member who writes."""
    return {"User-Agent": AGENT, "Cookie": cookie}


def reply_form(page: str, body: str) -> dict[str, str]:
    """The form of a thread's page, filled in; its key is new each time, as if the page was opened for this reply."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if token is None or 'name="submit_key"' not in page:
        raise Broken("The page shows the member no form to reply by.")
    return {"csrf_token": token[1], "submit_key": secrets.token_urlsafe(12), "body": body}
