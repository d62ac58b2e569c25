"""Reads failure notices (RFC 3464 and what else servers send) and complaints (RFC 5965); pure functions.

They come from anybody. Only the headers of a message, of its direct parts, and the fields of its report are read.
"""

import re
from collections.abc import Iterable, Iterator
from email.message import Message
from typing import NamedTuple

from forum.models import FailureKind

MAX_PARTS, MAX_GROUPS, MAX_FIELD, MAX_TEXT = 20, 50, 1000, 20_000  # the last two in characters
HARD_STATUSES = frozenset(["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.4.310"])
UNSURE = frozenset(("5.0.0", "5.4.1", "5.5.0", "5.7.1"))  # of which the words say more
COMPLAINTS = frozenset(("abuse", "opt-out"))
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])", re.ASCII)
_UNKNOWN = re.compile(
    r"(user|mailbox|account|address|recipient)\b.{0,80}?\b(unknown|not found|n[o']t exist|not exist|invalid|disabled)"
    r"|no such (user|mailbox|address|recipient|account|person)|no mailbox here|unknown (user|recipient|mailbox|address)"
    r"|does ?n[o']t have an? \S+ account|recipient address rejected: access denied|not our customer|no longer valid",
    re.IGNORECASE,
)
_POLICY = re.compile(
    r"spam|block|blacklist|denylist|policy|reputation|relay|spf\b|dkim|dmarc|authenticat|rate|too many|virus|content"
    r"|denied|prohibit|not (permitted|allowed|authori[sz]ed)|verif(y|ication)|hostname"
    r"|\b(helo|ehlo|(start)?tls|r?dns)\b",
    re.IGNORECASE,
)
_SENDER = re.compile(r"\bsender\b|\bmail from\b|return.?path", re.IGNORECASE)
_DAEMON = re.compile(r"mailer-daemon|mail-daemon|postmaster|mail delivery (sub)?system", re.IGNORECASE)
_DELAY = re.compile(r"\b(delay(ed)?|warning)\b", re.IGNORECASE)


class Report(NamedTuple):
    """What a message reports; without `failure` nothing that counts, such as a delay."""

    failure: FailureKind | None
    words: str = ""


def read_report(message: Message) -> Report | None:
    """What a message reports; None if it is none, such as an out-of-office reply."""
    kind, report_type = _type_of(message)
    parts = _parts_of(message)
    if kind == "multipart/report" and report_type == "feedback-report":
        return _complaint(parts)
    if kind == "multipart/report" and report_type != "disposition-notification":
        groups = [group for part in parts if _type_of(part)[0] in _STATUS_PARTS for group in _groups(part)]
        failures = [each for group in groups if (each := _failure_in(group)) is not None]
        if failures:  # of several recipients, as after forwarding, the worst counts
            return min(failures, key=lambda report: report.failure is not FailureKind.HARD)
        if any("action" in group for group in groups):
            return Report(None)
    return _other_failure(message)


def severity(status: str, words: str) -> FailureKind:
    """Whether a refusal says that there is no such mailbox, from its status such as 5.1.1 and the server's words."""
    if status in HARD_STATUSES:
        return FailureKind.HARD
    is_unknown = bool(_UNKNOWN.search(words[:MAX_FIELD])) and (not status or status in UNSURE)
    return FailureKind.HARD if is_unknown else FailureKind.SOFT


def severity_of_refusal(words: str) -> FailureKind:
    """The same of a mail server's answer with which it refused a recipient for good.

    Many refuse a recipient for what they dislike of the sender, such as a wrong FORUM_MAIL_FROM: no address is stopped.
    """
    status = status_in(words)
    if status not in HARD_STATUSES and _SENDER.search(words):
        return FailureKind.SOFT
    if not status and not _POLICY.search(words):
        return FailureKind.HARD
    return severity(status, words)


def status_in(words: str) -> str:
    """The enhanced status code (RFC 3463) in a server's words."""
    found = _STATUS.search(words[:MAX_FIELD])
    return found[1] if found else ""


def reported_senders(message: Message) -> Iterator[str]:
    """The envelope senders of the message of which a complaint tells."""
    for part in _parts_of(message):
        kind = _type_of(part)[0]
        if kind == "message/feedback-report":
            yield from (group.get("original-mail-from", "") for group in _groups(part))
        if kind in {"message/rfc822", "text/rfc822-headers"}:
            yield from (group.get("return-path", "") for group in _groups(part))


_STATUS_PARTS = frozenset(("message/delivery-status", "message/global-delivery-status"))


def _complaint(parts: Iterable[Message]) -> Report | None:
    for part in parts:
        if _type_of(part)[0] == "message/feedback-report":
            kinds = {group.get("feedback-type", "").strip().lower() for group in _groups(part)}
            return Report(FailureKind.COMPLAINT if kinds & COMPLAINTS else None, " ".join(sorted(kinds)).strip())
    return None


def _failure_in(group: dict[str, str]) -> Report | None:
    """What the fields of a recipient say; None if nothing failed."""
    if group.get("action", "").strip().lower() != "failed":
        return None
    told, words = status_in(group.get("status", "")), group.get("diagnostic-code", "")
    status = told if told and told not in UNSURE else status_in(words) or told
    return Report(severity(status, words), " ".join(words.split()) or status)


def _other_failure(message: Message) -> Report | None:
    """A failure notice in a form of its own, as of qmail; what failed, and for how long, only people can read."""
    subject = " ".join(_header(message, "subject").split())
    if _DELAY.search(subject):
        return None
    sent_by_server = _DAEMON.search(_header(message, "from")) or _header(message, "x-failed-recipients")
    is_qmail = _text(message).startswith("Hi. This is the qmail-send program")
    return Report(FailureKind.SOFT, subject) if sent_by_server or is_qmail else None


def _groups(part: Message) -> Iterator[dict[str, str]]:
    """The groups of fields in a report: the parser takes them for messages, but for the last ones of some types."""
    text = _text(part)
    if text:
        yield from _groups_in(text)
    for block in _parts_of(part, MAX_GROUPS):
        yield {name.lower(): str(value)[:MAX_FIELD] for name, value in reversed(list(block.raw_items()))}
        yield from _groups_in(_text(block))


def _groups_in(text: str) -> Iterator[dict[str, str]]:
    for block in re.split(r"\r?\n\s*\n", text[:MAX_TEXT])[:MAX_GROUPS]:
        lines = re.sub(r"\r?\n[ \t]+", " ", block).splitlines()
        fields = [line.partition(":") for line in lines if ":" in line]
        if fields:
            yield {name.strip().lower(): value.strip()[:MAX_FIELD] for name, _, value in reversed(fields)}


def _parts_of(message: Message, most: int = MAX_PARTS) -> list[Message]:
    """The direct parts: what is deeper, such as a report in the message that failed, is somebody else's."""
    payload = message.get_payload()
    return [part for part in payload[:most] if isinstance(part, Message)] if isinstance(payload, list) else []


def _text(message: Message) -> str:
    payload = message.get_payload()
    return payload[:MAX_TEXT] if isinstance(payload, str) else ""


def _header(message: Message, name: str) -> str:
    """A header as it is written: parsing it fails for some."""
    return next((str(value)[:MAX_FIELD] for key, value in message.raw_items() if key.lower() == name), "")


def _type_of(message: Message) -> tuple[str, str]:
    """The content type, and the type of report, both in lower case."""
    written = _header(message, "content-type").lower()
    report = re.search(r"report-type\s*=\s*\"?([a-z-]+)", written)
    return written.partition(";")[0].strip(), report[1] if report else ""
