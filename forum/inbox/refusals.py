"""Tells members by mail that what they sent was not posted, and why; at most once a day for each reason."""

from dataclasses import dataclass

from forum.inbox import entries
from forum.inbox.rules import MAX_RETURNED
from forum.infra.database.db import current_settings
from forum.infra.errors import ForumError, Invalid, MessageText
from forum.infra.text.messages import Message, say
from forum.members.account_mail import queue_mail
from forum.models import Member

POSTED, HELD, AUTOMATIC, LATER = "posted", "held", "automatic", "later"
SENDER, UNCONFIRMED, CLOSED, GONE, EMPTY = "sender", "unconfirmed", "closed", "gone", "empty"
OUTDATED = "outdated"
FILES, TOO_LARGE, REFUSED, WITH_FILES = "files", "too-large", "refused", "posted-files"

REASONS: dict[str, Message] = {
    SENDER: say("it was not sent from the e-mail address of your account. Answer from that address, or on the site."),
    OUTDATED: say(
        "it answers a mail from before your e-mail address or password was changed. Answer a newer one, or on the site."
    ),
    CLOSED: say("your account is closed."),
    GONE: say("the thread is no longer there, or you may not read it any more."),
    EMPTY: say("no text was left without quotes and signatures. Write above or below what you quote."),
    FILES: say("it has no text, and files cannot be sent by mail."),
    TOO_LARGE: say("it is larger than 10 MB."),
}


@dataclass(frozen=True)
class Answer:
    """A member's answer by mail: the path of what it answers, and its text as far as it was understood."""

    member: Member
    path: str
    text: str = ""


def refuse(answer: Answer, outcome: str, why: MessageText | None = None) -> str:
    """Tell a member why their answer was not posted; returns the outcome."""
    reason = why or REASONS[outcome]
    _tell(
        answer,
        outcome,
        say("Your answer was not posted"),
        say("your answer by mail was not posted: %(reason)s", reason=reason),
        *([say("You wrote:"), say("%(text)s", text=answer.text[:MAX_RETURNED])] if answer.text else []),
    )
    return outcome


def tell_of_waiting(answer: Answer) -> str:
    """Tell a member that their answer waits for a moderator."""
    words = say("your answer by mail waits for a moderator, who decides whether it is posted.")
    _tell(answer, HELD, say("Your answer waits for approval"), words)
    return HELD


def tell_of_files(answer: Answer) -> str:
    """Tell a member that their answer was posted without its files."""
    words = say("your answer by mail was posted without the files that were attached. Files cannot be sent by mail.")
    _tell(answer, WITH_FILES, say("Your answer was posted without its files"), words)
    return WITH_FILES


def outcome_of(error: ForumError) -> str:
    """A short name for a refusal, by which it is told once a day."""
    return f"{REFUSED}-{error.slug}"[:20]


def words_of(error: ForumError) -> MessageText:
    """A refusal in words: that of the text rather than that a field is wrong."""
    if isinstance(error, Invalid):
        return next((words[0] for words in error.fields.values() if words), error.message)
    return error.message


def _tell(answer: Answer, outcome: str, subject: Message, *paragraphs: Message) -> None:
    member = answer.member
    if not member.email or entries.has_recent(member.id, outcome):
        return
    link = f"{current_settings().base_url}{answer.path}"
    queue_mail(
        member.email, subject, say("Hello %(name)s,", name=member.username), *paragraphs, say("%(link)s", link=link)
    )
