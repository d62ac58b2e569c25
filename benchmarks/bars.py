"""The performance targets of issue 3, section 2, as data: figure, scenarios and limit of each."""

from dataclasses import dataclass

REFERENCE_FLASK_MS = 0.11  # CPU time of an empty Flask view under granian on the machine

GUESTS = (
    "guest-index",
    "guest-board",
    "guest-thread",
    "guest-giant-first",
    "guest-giant-deep",
    "guest-feed",
    "guest-feed-board",
    "guest-feed-thread",
)
VARIANTS = ("guest-thread-304", "guest-thread", "guest-thread-gzip", "guest-thread-zstd")
VIEWER_SCENARIOS = ("crowd-1000", "crowd-10000")
PAGES = (*GUESTS, "member-index", "member-board", "member-thread", "member-giant-first", "member-giant-deep")
DEEP = ("guest-giant-deep", "member-giant-deep")
LISTS = ("guest-index", "guest-board", "member-index", "member-board")


@dataclass(frozen=True)
class Target:
    """A performance target: the worst of the named scenarios is compared with the limit.

    `figure` is a key of a scenario's figures; prefixed with "service", of the service's figures; with "growth", the
    ratio to the last run of size small. `speed` tells how a figure scales with the machine: 1 for a time, -1 for a
    rate, 0 for neither. `size` is the forum size that the target applies to: a smaller one can miss it but not meet it.
    `by` is the command that measures it instead.
    """

    words: str
    figure: str
    of: tuple[str, ...]
    limit: float
    unit: str = ""
    is_minimum: bool = False
    speed: int = 0
    size: str = "small"
    by: str = ""


SIZES = ("small", "medium", "threads", "large")

BARS = (
    Target("guest: pages and feeds", "to_flask", GUESTS, 1.3, "x Flask", is_minimum=True),
    Target("guest: pages and feeds", "to_wsgi", GUESTS, 0.5, "x WSGI", is_minimum=True),
    Target("guest: many guests, all counted", "to_flask", VIEWER_SCENARIOS, 1.3, "x Flask", is_minimum=True),
    Target("guest: many guests, all counted", "to_wsgi", VIEWER_SCENARIOS, 0.5, "x WSGI", is_minimum=True),
    Target("guest: 304 and compressed", "to_flask", VARIANTS, 1.3, "x Flask", is_minimum=True),
    Target("guest: 304 and compressed", "to_wsgi", VARIANTS, 0.5, "x WSGI", is_minimum=True),
    Target("guest: 304 and compressed, no slower", "cpu_ms_beside", VARIANTS, 1.0, "x CPU plain"),
    Target("guest: a reply is seen after", "reply_seconds", ("fresh",), 1.0, "s"),
    Target("guest: a viewer is seen after", "viewers_seconds", ("fresh",), 5.0, "s"),
    Target("guest: a view is counted after", "views_seconds", ("fresh",), 5.0, "s"),
    Target("member: thread of 20 posts", "cpu_ms", ("member-thread",), 4.0, "ms CPU", speed=1),
    Target("member: thread of 20 posts", "statements", ("member-thread",), 8, "SQL"),
    Target("member: index and board", "cpu_ms", ("member-index", "member-board"), 5.0, "ms CPU", speed=1),
    Target("reply: one member, durable", "rate", ("reply",), 150, "/s", is_minimum=True, speed=-1),
    Target("reply: eight members, none lost", "p99", ("reply-8",), 250, "ms p99", speed=1),
    Target("growth: every page", "growth cpu_to_flask", PAGES, 1.3, "x small", size="large"),
    Target("growth: index and board", "growth statements_made", LISTS, 1.0, "x SQL", size="large"),
    Target("growth: a page far down", "cpu_ms_beside", DEEP, 1.1, "x page 1", size="medium"),
    Target("search: two words", "p95", ("search",), 150, "ms p95", speed=1, size="large"),
    Target(
        "similar: computed", "p95", ("similar-computed", "similar-typed"), 30, "ms CPU p95", speed=1, size="threads"
    ),
    Target("similar: read from the stored list", "statements_read", ("similar-computed",), 1, "SQL"),
    Target("memory: service under load", "service loaded_mib", (), 220, "MiB", size="medium"),
    Target("start: first page", "service first_page_seconds", (), 2.0, "s", speed=1),
    Target("weight: thread page uncompressed", "raw_bytes", ("guest-thread",), 45_000, "B"),
    Target("weight: thread page as sent", "sent_bytes", ("guest-thread",), 14_000, "B"),
    Target("flood: members' p99", "", (), 250, "ms p99", by="make flood"),
    Target("nodes: no assertion broken", "", (), 0, "broken", by="make trial"),
    Target("ten minutes: no error, no growth", "", (), 0, "broken", by="make soak"),
)
