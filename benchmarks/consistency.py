"""Checks that two nodes act as one: presence, rate limits, and a form sent to both at once."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from sqlalchemy import func, select

from benchmarks.assertions import Assertions
from benchmarks.ceilings import RecordedResponse
from benchmarks.cluster_fixture import BUSY_THREAD, Cluster, Node
from benchmarks.scenarios import AGENT, reply_form
from benchmarks.servers import fetch
from benchmarks.services import HOST
from benchmarks.traffic import has_no_message
from benchmarks.viewers import Reader, ViewerGroup, a_reader
from forum.infra.database.db import session
from forum.infra.ephemeral.rate_limits import BATCH_REQUESTS
from forum.models import Post
from forum.request_guards import REQUESTS_A_MINUTE
from tests.servers import LOOPBACK

VIEWERS_WITHIN = COUNTS_WITHIN = 5.0
PATIENCE = 12.0
ASKED = 300  # requests of one address, to both nodes in turn


def check_presence(assertions: Assertions, viewers: ViewerGroup, path: str) -> None:
    """Check that arriving and leaving viewers, and views, are seen on both nodes."""
    took, seen = viewers.agree(VIEWERS_WITHIN)
    assertions.hold("presence: arrivals", f"{seen} after {took:.1f} s", is_kept=took <= VIEWERS_WITHIN)
    viewers.one_leaves()
    took, seen = viewers.agree(VIEWERS_WITHIN)
    assertions.hold("presence: departures", f"{seen} after {took:.1f} s", is_kept=took <= VIEWERS_WITHIN)
    number = path.split("/")[2].split("-", maxsplit=1)[0]
    took = viewers.views_seen(f"/api/v1/threads/{number}", PATIENCE)
    assertions.hold("counts in cached pages", f"a view is seen after {took:.1f} s", is_kept=took <= COUNTS_WITHIN)


def check_duplicate_form(assertions: Assertions, cluster: Cluster, nodes: list[Node]) -> None:
    """Send the same form to both nodes at once: there must be one post, and both requests must be redirected to it."""
    readers = [Reader(node.port, {"User-Agent": AGENT, "Cookie": cluster.cookies[0]}) for node in nodes]
    text = f"Sent to both at once: {secrets.token_hex(8)}."
    form = urlencode(reply_form(readers[0].page(BUSY_THREAD)[1], text))
    with ThreadPoolExecutor(len(readers)) as pool:
        said = list(pool.map(lambda reader: reader.page(f"{BUSY_THREAD}/reply", "POST", form)[0], readers * 2))
    with cluster.app.app_context():
        many = session.scalar(select(func.count()).where(Post.source == text))
        session.remove()
    words = f"{len(said)} requests got {sorted(set(said))}, posts: {many}"
    assertions.hold("a form submitted twice", words, is_kept=set(said) == {303} and many == 1)


def check_rate_limit(assertions: Assertions, nodes: list[Node]) -> None:
    """Check that an address that alternates between both nodes is rejected at its limit, with Retry-After."""
    readers = [a_reader(node.port, 77) for node in nodes]
    turns = [readers[number % len(readers)] for number in range(ASKED)]
    said = [fetch(f"http://{LOOPBACK}:{each.port}{BUSY_THREAD}", HOST | each.headers) for each in turns]
    answered, refused = ([each for each in said if each.status == status] for status in (200, 429))
    most = REQUESTS_A_MINUTE + (BATCH_REQUESTS - 1) * len(nodes)
    unexplained = [each for each in refused if not _says_when(each) or has_no_message(each.body.decode())]
    words = f"of {ASKED} requests {len(answered)} answered, {len(refused)} refused; the limit is {REQUESTS_A_MINUTE}"
    is_kept = REQUESTS_A_MINUTE <= len(answered) <= most and len(answered) + len(refused) == ASKED and not unexplained
    assertions.hold("limits over both nodes", words, is_kept=is_kept)
    for node in nodes:
        node.service.end()


def _says_when(answer: RecordedResponse) -> bool:
    return any(name.lower() == "retry-after" and value.isdigit() for name, value in answer.headers)
