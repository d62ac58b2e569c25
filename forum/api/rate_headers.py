"""The API's rate limit, counted per member, or per address for guests, and its X-RateLimit headers."""

from flask import Response, g, request

from forum.auth import identity
from forum.infra.database.db import current_settings
from forum.infra.ephemeral import rate_limits
from forum.infra.errors import TooSoon
from forum.infra.text.messages import say

MAX_REQUESTS = 200
WINDOW_SECONDS = 60


def count_request() -> None:
    """Count a request. Raises TooSoon past the limit."""
    if not current_settings().limits:
        return
    member = identity.visitor()
    who = f"member:{member.id}" if member else rate_limits.address_key(request.remote_addr or "")
    g.api_rate = f"api:{who}"
    wait = rate_limits.batched_limit(g.api_rate, limit=MAX_REQUESTS, seconds=WINDOW_SECONDS)
    if wait:
        raise TooSoon(say("Too many requests. Wait %(num)d seconds.", num=wait), retry_after=wait)


def add_headers(response: Response) -> None:
    """Write the remaining requests into the headers."""
    if "api_rate" in g:
        left, reset = rate_limits.batched_limit_left(g.api_rate, limit=MAX_REQUESTS, seconds=WINDOW_SECONDS)
    elif response.status_code == 429:  # rejected by the request guards' limit per address
        left, reset = 0, int(response.headers.get("Retry-After", WINDOW_SECONDS))
    else:
        return
    values = {"Limit": MAX_REQUESTS, "Remaining": left, "Reset": reset}
    response.headers.update({f"X-RateLimit-{name}": str(value) for name, value in values.items()})
