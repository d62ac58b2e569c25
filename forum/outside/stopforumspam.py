"""StopForumSpam: ask whether an address is listed, and report a spammer. The protocol alone, no database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

from forum.outside.http_calls import Unavailable, post_form

CHECK_URL = "https://api.stopforumspam.org/api"
REPORT_URL = "https://www.stopforumspam.com/add.php"
RECENT = timedelta(days=14)  # how long ago an IP address was seen last that counts
LEAST_CONFIDENCE = 75.0  # per cent, of an IP address that counts: many people share one
SECONDS = 3.0


@dataclass(frozen=True)
class Listing:
    """By what a member is listed, "email" or "ip", how often, and when last."""

    by: str
    frequency: int
    last_seen: str


def question(*, email: str, ip: str) -> dict[str, str]:
    """What is sent to ask about a member: the hash of the e-mail address, the IP address, never the name."""
    fields = {"f": "json", "confidence": "1"}
    if email:
        fields["emailhash"] = md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()
    return fields | ({"ip": ip} if ip else {})


def ask(fields: Mapping[str, str], *, now: datetime) -> Listing | None:
    """Whether a member is listed: by e-mail, or by an IP address seen lately with confidence. Raises Unavailable."""
    answer = post_form(CHECK_URL, fields, seconds=SECONDS)
    try:
        found = json.loads(answer.body)
        if found["success"] != 1:
            raise Unavailable(str(found.get("error", "refused"))[:150])
        return _listing("email", found.get("emailHash") or found.get("emailhash")) or _recent_ip(found.get("ip"), now)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable("an answer that is not understood") from error


def _listing(by: str, entry: Any) -> Listing | None:
    entry = entry[0] if isinstance(entry, list) and entry else entry
    if not entry or not int(entry["appears"]):
        return None
    return Listing(by, int(entry.get("frequency", 0)), str(entry.get("lastseen", ""))[:10])


def _recent_ip(entry: Any, now: datetime) -> Listing | None:
    listing = _listing("ip", entry)
    entry = entry[0] if isinstance(entry, list) and entry else entry
    if listing is None or float(entry.get("confidence", 0)) < LEAST_CONFIDENCE:
        return None
    seen = datetime.strptime(str(entry["lastseen"]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return listing if now - seen <= RECENT else None


def report(fields: Mapping[str, str], *, key: str) -> None:
    """Report a spammer: username, ip_addr, email, evidence. Raises Unavailable."""
    post_form(REPORT_URL, {**fields, "api_key": key}, seconds=SECONDS)
