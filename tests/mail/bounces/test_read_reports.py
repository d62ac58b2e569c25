"""Failure notices in the forms of many mail servers are read, and what is none stops nobody.

The name of each message in corpus/ begins with what it is: hard, soft, complaint, nothing (that failed), or none.
"""

import random
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from forum.mail.failed.reports import read_report, reported_senders, severity_of_refusal
from forum.models import FailureKind

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.eml"))


def opened(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def what(message: EmailMessage) -> str:
    report = read_report(message)
    if report is None:
        return "none"
    return report.failure.value if report.failure else "nothing"


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_each_message_is_read_for_what_it_is(path: Path) -> None:
    assert what(opened(path.read_bytes())) == path.stem.partition("-")[0]


def test_the_server_s_words_are_kept() -> None:
    (path,) = [path for path in CORPUS if path.stem == "hard-exchange-online-not-found"]
    report = read_report(opened(path.read_bytes()))
    assert report is not None
    assert "Recipient not found by SMTP address lookup" in report.words


def test_a_complaint_names_the_sender_of_its_message() -> None:
    (path,) = [path for path in CORPUS if path.stem == "complaint-abuse"]
    assert "<forum+WORD@forum.example>" in list(reported_senders(opened(path.read_bytes())))


def test_a_huge_report_is_read_in_part() -> None:
    text = "Action: failed\r\nStatus: 5.2.2\r\n\r\n" * 20_000
    content = (
        "From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n{text}\r\n--b--\r\n"
    )
    assert what(opened(content.encode())) == "soft"


def test_reports_inside_reports_are_not_followed() -> None:
    content = b"Action: failed\r\nStatus: 5.1.1\r\n"
    for level in range(60):
        head = f'Content-Type: multipart/report; report-type=delivery-status; boundary="n{level}"\r\n\r\n--n{level}\r\n'
        content = head.encode() + content + f"\r\n--n{level}--\r\n".encode()
    assert what(opened(content)) == "none"


def test_broken_messages_raise_nothing_that_is_not_caught() -> None:
    """What take() catches and logs; here the reading itself is tried, which reads no parsed header."""
    chance = random.Random(14)
    for path in CORPUS:
        for _ in range(12):
            content = bytearray(path.read_bytes())
            for _ in range(chance.randint(1, 30)):
                content[chance.randrange(len(content))] = chance.randrange(256)
            del content[chance.randrange(len(content)) :]
            read_report(opened(bytes(content)))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("550 no such mailbox", FailureKind.HARD),
        ("550 5.1.1 user unknown", FailureKind.HARD),
        ("551 not local", FailureKind.HARD),
        ("550 5.2.1 inactive", FailureKind.HARD),
        ("550 5.4.1 Recipient address rejected: Access denied", FailureKind.HARD),
        ("550 5.7.1 this user is unknown", FailureKind.HARD),
        ("552 5.2.2 mailbox full", FailureKind.SOFT),
        ("554 5.7.1 relaying denied", FailureKind.SOFT),
        ("550 blocked by our list", FailureKind.SOFT),
        ("550 5.1.8 sender unknown", FailureKind.SOFT),
        ("550 Sender verify failed", FailureKind.SOFT),
        ("550 Administrative prohibition", FailureKind.SOFT),
        ("550 Access denied - Invalid HELO name", FailureKind.SOFT),
        ("550 Verification failed for the return path", FailureKind.SOFT),
        ("530 Must issue a STARTTLS command first", FailureKind.SOFT),
        ("550 you are not allowed to send mail", FailureKind.SOFT),
        ("550 5.7.1 Sender address rejected: User unknown in local recipient table", FailureKind.SOFT),
        ("550 5.1.1 Sender address accepted, user unknown", FailureKind.HARD),
        ("550 message looks like spam", FailureKind.SOFT),
    ],
)
def test_a_refusal_stops_an_address_only_if_it_is_about_the_mailbox(answer: str, kind: FailureKind) -> None:
    """A mail server that distrusts the forum must not stop the mail of everybody."""
    assert severity_of_refusal(answer) is kind
