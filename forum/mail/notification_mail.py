"""Mails that tell members of something: made when they are sent, from what the member may see then."""

from email.message import EmailMessage
from email.utils import formataddr

from sqlalchemy import select, update

from forum.infra import clock
from forum.infra.database.db import current_settings, session, transaction
from forum.infra.text.messages import Message, one_line, say, say_many
from forum.mail import messages, tokens, unsubscribing
from forum.mail.layout import NAME, Content, Link, Translated, fill
from forum.mail.quoting import Quoted, Words, quoted
from forum.models import Mail, Member, Notification, Post
from forum.notifications.kinds import kind_of
from forum.notifications.to_mail import ToMail, to_mail
from forum.site.queries import snapshot

MOST_QUOTED = 4000  # bytes in each part: a mail has at most 20 kB
MAX_SUBJECT = 200
QUOTING = frozenset({"quote", "mention", "reply", "watched_thread", "watched_board", "followed_member"})


def mail_about(letter: Mail, translated: Translated) -> EmailMessage | None:
    """The e-mail for a queued message about a notification; None if there is nothing to tell the member any more.

    Raises ValueError on recipient injection.
    """
    _make_key(letter.member_id)
    told = to_mail(letter.notification_id) if letter.notification_id else None
    if told is None:
        return None
    letter.recipient = told.member.email or ""
    message = messages.headed(letter, subject=_subject(told, translated), message_id=_message_id(told.notification))
    _add_headers(message, told)
    fill(message, _content(told, translated))
    return message


def note_mailed(letter: Mail) -> None:
    """Store that a member was mailed of a notification."""
    if letter.notification_id is not None:
        mailed = update(Notification).where(Notification.id == letter.notification_id)
        session.execute(mailed.values(mailed_at=clock.now()), execution_options={"synchronize_session": False})


def _make_key(member_id: int | None) -> None:
    """Let the member have a key, so that reading is enough from now on."""
    if session.scalar(select(Member.id).where(Member.id == member_id, Member.mail_key.is_(None))) is not None:
        with transaction():
            tokens.token_for(member_id or 0, tokens.UNSUBSCRIBE, unsubscribing.ALL)


def _subject(told: ToMail, translated: Translated) -> str:
    """The title of the thread, so that mail clients put all mails of a thread together; else what happened."""
    post, site = told.notification.post, one_line(snapshot().name)
    if post is None:
        words = " ".join(filter(None, (translated(told.row.sentence), told.row.title)))
        return f"[{site}] {one_line(words)}"[:MAX_SUBJECT]
    is_first = post.position == 1 and told.notification.kind in QUOTING
    return f"{'' if is_first else 'Re: '}[{site}] {one_line(post.thread.title)}"[:MAX_SUBJECT]


def _message_id(notification: Notification) -> str:
    """The same for each attempt to send it, and of no other mail: programs show one of two that have the same.

    It does not say that a post is the first of a thread, which may become another by merging and splitting.
    """
    post = notification.post
    if post is None or notification.kind not in QUOTING:
        return messages.own_id(f"notification-{notification.id}")
    return messages.own_id(f"post-{post.id}-{notification.member_id}")


def _add_headers(message: EmailMessage, told: ToMail) -> None:
    """What mail clients sort by, what keeps machines from answering, and how it is stopped in one click (RFC 8058)."""
    post = told.notification.post
    message["Precedence"] = "bulk"
    if post is not None:
        # all posts of a thread refer to the same, which is no message: the first may not have been mailed
        message["In-Reply-To"] = message["References"] = messages.own_id(f"thread-{post.thread_id}")
        if told.notification.kind in QUOTING:  # what is sent to all who want it; a decision is for the member alone
            message["List-Id"] = messages.list_id(f"board-{post.thread.board_id}")
        if address := messages.reply_address(told.member, post.thread):
            message["Reply-To"] = formataddr((one_line(snapshot().name), address))
    word = unsubscribing.token_of(told.member.id, told.notification)
    ways = [unsubscribing.address_of(word)]
    if inbox := messages.inbox_address(word):
        ways.append(f"mailto:{inbox}?subject=unsubscribe")
    message["List-Unsubscribe"] = ", ".join(f"<{way}>" for way in ways)
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _content(told: ToMail, translated: Translated) -> Content:
    row, home = told.row, current_settings().base_url
    said = Message(row.said.msgid, {**row.said.values, "name": NAME}, row.said.plural)
    quote = _quoted(told, translated)
    word = unsubscribing.token_of(told.member.id, told.notification)
    links = (
        Link(translated(say("Stop these e-mails")), unsubscribing.address_of(word)),
        Link(translated(say("Choose what you are mailed")), f"{home}/account/notifications"),
    )
    label = translated(kind_of(told.notification.kind).label)
    return Content(
        sentence=translated(said),
        name=one_line(row.name),
        title=one_line(row.title),
        address=home + (row.path or "/notifications"),
        button=translated(say("Read on") if quote and quote.is_cut else say("Open it on the site")),
        notes=tuple(_notes(told, translated)),
        why=translated(say("You get e-mails of this kind: %(kind)s.", kind=label)),
        links=links,
        quoted=quote,
    )


def _notes(told: ToMail, translated: Translated) -> list[str]:
    notes = [translated(say("Reason: %(reason)s", reason=told.row.reason))] if told.row.reason else []
    if told.further:
        words = say_many("There is %(num)d further reply.", "There are %(num)d further replies.", told.further)
        notes.append(translated(words))
        notes.append(translated(say("You get no other e-mail about this thread until you have visited it.")))
    return notes


def _quoted(told: ToMail, translated: Translated) -> Quoted | None:
    """The post, if somebody wrote it for the member to read, and not the member themselves."""
    post: Post | None = told.notification.post
    if post is None or told.notification.kind not in QUOTING or post.author_id == told.member.id:
        return None
    words = Words(translated(say("(spoiler)")), translated(say("picture")))
    return quoted(post.html, home=current_settings().base_url, words=words, most=MOST_QUOTED)
