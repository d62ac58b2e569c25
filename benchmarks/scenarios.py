"""The scenarios: pages as guests and members request them, with a browser's headers."""

import re
import secrets
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote_plus

from benchmarks.forum_under_test import Targets
from benchmarks.load import CONNECTIONS, LoadFailed

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GUEST = {"User-Agent": AGENT, "Accept-Encoding": "br"}
PLAIN = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
REPLIES = {"reply": 1, "reply-8": 8}  # members who write at once
COMPUTED, FRESH = "similar-computed", "fresh"  # measured separately, without load
BOTH = ("flask", "wsgi")  # ceilings of pages that may come close to them; for other pages one is enough
COMMON = "water+people"  # two of the sample's most common words: most posts contain one
GIANT_PAGE, DEEPEST = 1000, 10_000  # pages of the giant thread; the second if the forum is large enough to have it


@dataclass(frozen=True)
class Scenario:
    """A page to request, and by whom.

    Scenarios of a group are measured in the same rounds, so that one can be compared with another (`beside`).
    `is_revisit`: the reader has the page and revalidates it. `guests`: number of guests, each with its own address.
    `walk`: paths that are requested in turn instead of a single one.
    """

    name: str
    path: str
    headers: dict[str, str] = field(default_factory=lambda: dict(GUEST))
    group: str = ""
    beside: str = ""
    is_revisit: bool = False
    guests: int = 0
    walk: tuple[str, ...] = ()
    connections: int = CONNECTIONS
    ceilings: tuple[str, ...] = ("flask",)


def read_scenarios(place: Targets) -> list[Scenario]:
    """All read scenarios, in the table's order."""
    return [*_guests(place), *_guest_groups(place), *_members(place), *_finding(place)]


def _guests(place: Targets) -> list[Scenario]:
    plain, first = "guest-thread-identity", "guest-giant-first"
    alone = partial(Scenario, ceilings=BOTH)
    thread = partial(Scenario, path=place.thread, group="guest-thread", ceilings=BOTH)
    giant = partial(Scenario, group="guest-giant", ceilings=BOTH)
    by_gzip, by_zstd = (GUEST | {"Accept-Encoding": name} for name in ("gzip", "zstd"))
    return [
        alone("guest-index", "/"),
        alone("guest-board", place.board),
        thread(plain, headers=PLAIN),
        thread("guest-thread", beside=plain),
        thread("guest-thread-gzip", headers=by_gzip, beside=plain),
        thread("guest-thread-zstd", headers=by_zstd, beside=plain),
        thread("guest-thread-304", beside=plain, is_revisit=True),
        giant(first, place.giant),
        giant("guest-giant-deep", deep(place), beside=first),
        alone("guest-feed", "/feed.atom"),
        alone("guest-feed-board", f"{place.board}/feed.atom"),
        alone("guest-feed-thread", f"{place.thread}/feed.atom"),
    ]


def _guest_groups(place: Targets) -> list[Scenario]:
    return [Scenario(f"crowd-{many}", place.thread, guests=many, ceilings=BOTH) for many in (1000, 10_000)]


def _members(place: Targets) -> list[Scenario]:
    member = GUEST | {"Cookie": place.reader}
    return [
        Scenario("member-index", "/", member),
        Scenario("member-board", place.board, member),
        Scenario("member-thread", place.thread, member),
        Scenario("member-giant-first", place.giant, member, group="member-giant"),
        Scenario("member-giant-deep", deep(place), member, group="member-giant", beside="member-giant-first"),
    ]


def _finding(place: Targets) -> list[Scenario]:
    member, api = GUEST | {"Cookie": place.reader}, "/api/v1/threads"
    sought = tuple(f"/search?q={quote_plus(words)}" for words in place.sought)
    typed = tuple(f"/suggest/threads?title={quote_plus(title)}" for title in place.titles)
    return [
        Scenario("search", sought[0], member, walk=sought, connections=1),
        Scenario("search-common", f"/search?q={COMMON}", member),
        Scenario("similar", f"{api}/{place.talked_id}/similar"),
        Scenario("similar-typed", typed[0], member, walk=typed, connections=1),
        Scenario("api-thread", f"{api}/{place.thread_id}"),
    ]


def deep(place: Targets) -> str:
    """A deep page of the giant thread."""
    return f"{place.giant}?page={DEEPEST if place.giant_pages >= DEEPEST else GIANT_PAGE}"


def names() -> list[str]:
    """The names of all scenarios."""
    empty_place = Targets("", "", 0, "", 0, "", 0, 0, ("",), ("",), "", ())
    return [*(each.name for each in read_scenarios(empty_place)), *REPLIES, COMPUTED, FRESH]


def as_member(cookie: str) -> dict[str, str]:
    """The request headers of a writing member."""
    return {"User-Agent": AGENT, "Cookie": cookie}


def reply_form(page: str, body: str) -> dict[str, str]:
    """The filled-in reply form of a thread's page; its submit key is new each time, as if the page was reloaded."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if token is None or 'name="submit_key"' not in page:
        raise LoadFailed("The page has no reply form for the member.")
    return {"csrf_token": token[1], "submit_key": secrets.token_urlsafe(12), "body": body}
