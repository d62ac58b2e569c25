"""Test mail, and retry or drop what is queued."""

import ipaddress
from dataclasses import dataclass

from forum.admin.rules import Administrator, authorize
from forum.audit_log import record
from forum.health.time_limit import TimeLimit
from forum.infra import smtp
from forum.infra.database.db import current_settings, session, start_writing
from forum.infra.database.per_app import PerApp
from forum.infra.errors import Conflict, Invalid, NotFound
from forum.infra.settings import Settings
from forum.infra.text.messages import Message, say
from forum.mail import queue
from forum.mail.messages import compose_test, sender
from forum.mail.self_test import meaning_of, send_now
from forum.mail.sender_dns import SELECTOR, DNSException, Finding, lookups
from forum.members import account_mail
from forum.members.names import clean_email
from forum.models import Member, Right

TEST_SECONDS = 15.0
DNS_SECONDS = 8.0
_test_limit = PerApp(lambda _: TimeLimit[str](TEST_SECONDS))
_dns_limit = PerApp(lambda _: TimeLimit[Finding](DNS_SECONDS))


@dataclass(frozen=True)
class TestResult:
    """What became of a test message: in words, and what the mail server said."""

    is_sent: bool
    words: Message
    answer: str = ""


def send_test(actor: Administrator, address: str) -> TestResult:
    """Send a test message at once, within TEST_SECONDS; begins the write transaction when that is done.

    Raises Invalid for an address that is none, Conflict without a mail server or while another test runs.
    """
    admin = authorize(actor, Right.MANAGE_MAIL)
    url = current_settings().mail_url
    if not url:
        raise Conflict(say("FORUM_MAIL_URL is not set: mail is kept in FORUM_DATA/outbox."))
    address = clean_email(address, field="address")
    message = compose_test(address)
    session.rollback()  # nothing is held while the mail server takes its time
    outcome = _test_limit.here().run({"test": lambda: send_now(url, message, address)}).get("test")
    result = _result_of(outcome)
    start_writing()
    record("test-mail", actor=admin, name=queue.masked(address), answer=result.answer or str(result.words))
    return result


def _result_of(outcome: str | Exception | None) -> TestResult:
    if isinstance(outcome, str):
        return TestResult(is_sent=True, words=say("The mail server accepted the message."), answer=outcome)
    if outcome is None:
        words = say("The mail server did not finish within %(num)d seconds.", num=int(TEST_SECONDS))
        return TestResult(is_sent=False, words=words)
    if not isinstance(outcome, smtp.SMTP_ERRORS):
        raise outcome
    return TestResult(is_sent=False, words=meaning_of(outcome), answer=smtp.error_text(outcome))


def sender_domain(settings: Settings) -> str:
    """The domain that sends the forum's mail; empty if it is none that others can look up."""
    domain = sender(settings).rpartition("@")[2].rstrip(".")
    try:
        ipaddress.ip_address(domain.strip("[]"))
    except ValueError:
        return domain if "." in domain else ""
    return ""


def look_up_sender(actor: Administrator, *, mail_host: str, selector: str) -> list[Finding]:
    """What DNS says about the sender's domain, within DNS_SECONDS.

    Raises Invalid for a selector that is none, Conflict while another look-up runs.
    """
    authorize(actor, Right.MANAGE_MAIL)
    if selector and not SELECTOR.fullmatch(selector):
        raise Invalid({"selector": [say("Enter the selector only, such as “mail” or “s1”.")]})
    domain = sender_domain(current_settings())
    session.rollback()
    try:
        functions = lookups(domain, mail_host, selector)
    except DNSException as error:
        raise Conflict(say("This machine has no name server, so DNS cannot be asked.")) from error
    results = _dns_limit.here().run(functions)
    return [_finding(name, results.get(name)) for name in functions]


def _finding(name: str, result: Finding | Exception | None) -> Finding:
    if isinstance(result, Finding):
        return result
    if result is not None and not isinstance(result, DNSException):
        raise result
    return Finding(name, is_good=None, words=say("The name servers do not answer."))


def retry(actor: Administrator, mail_id: int) -> None:
    """Let a message be sent now. Raises NotFound."""
    admin = authorize(actor, Right.MANAGE_MAIL)
    mail = queue.find_mail(mail_id)
    if queue.make_due(mail_id):
        record("retry-mail", actor=admin, target=f"mail:{mail_id}", name=mail.recipient, subject=mail.subject)


def retry_all(actor: Administrator) -> int:
    """Let all messages be sent now; returns how many were waiting longer or given up."""
    admin = authorize(actor, Right.MANAGE_MAIL)
    count = queue.make_due()
    if count:
        record("retry-all-mail", actor=admin, messages=count)
    return count


def use_address_again(actor: Administrator, member_id: int) -> None:
    """Send mail to a member's stopped address again. Raises NotFound."""
    admin = authorize(actor, Right.MANAGE_MAIL)
    member = session.get(Member, member_id)
    if member is None:
        raise NotFound
    if member.email_stopped_at is not None:
        account_mail.use_address_again(member)
        record("use-address-again", actor=admin, target=f"member:{member_id}")


def drop(actor: Administrator, mail_id: int) -> None:
    """Delete a message without sending it. Raises NotFound."""
    admin = authorize(actor, Right.MANAGE_MAIL)
    mail = queue.find_mail(mail_id)
    queue.remove(mail_id)
    record("drop-mail", actor=admin, target=f"mail:{mail_id}", name=mail.recipient, subject=mail.subject)
