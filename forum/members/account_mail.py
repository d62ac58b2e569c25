"""Account e-mails, written to the outbox; a job sends them."""

import logging

from forum.infra import clock
from forum.infra.db import deployed, session
from forum.infra.messages import Message, one_line, say
from forum.infra.rate_limits import spend
from forum.members.rules import DAY, LETTERS_TO_A_MAILBOX, email_key
from forum.models import Mail

log = logging.getLogger("forum.members")


def mail_is_set_up() -> bool:
    """Whether mail can be sent; otherwise it stays in the outbox for the operator."""
    return bool(deployed().mail_url)


def write(recipient: str, subject: Message, *paragraphs: Message) -> None:
    """Add a message to the outbox; beyond LETTERS_TO_A_MAILBOX a day for one mailbox it is dropped with a warning."""
    if spend(f"mail:{email_key(recipient)}", limit=LETTERS_TO_A_MAILBOX, seconds=DAY):
        log.warning("a letter is not written: %d went to its mailbox today", LETTERS_TO_A_MAILBOX)
        return
    now = clock.now()
    session.add(
        Mail(
            recipient=one_line(recipient)[:254],
            subject=one_line(str(subject))[:200],
            body="\n\n".join(str(paragraph) for paragraph in paragraphs) + "\n",
            created_at=now,
            try_after=now,
        )
    )


def ask_to_confirm(email: str, *, username: str, link: str) -> None:
    """Ask a new member to confirm their e-mail address."""
    write(
        email,
        say("Confirm your e-mail address"),
        say("Hello %(name)s,", name=username),
        say("to finish your registration, open this link within three days and press the button on that page:"),
        say("%(link)s", link=link),
        say("If you did not register, ignore this e-mail. No account will be opened."),
    )


def tell_of_registration(email: str, *, link: str) -> None:
    """Tell a member that somebody tried to register with their address."""
    write(
        email,
        say("You already have an account"),
        say("Somebody wanted to register with this e-mail address, which already belongs to your account."),
        say("If it was you and you forgot your password, choose a new one here:"),
        say("%(link)s", link=link),
        say("If it was not you, ignore this e-mail. Nothing has changed."),
    )


def send_reset(email: str, *, username: str, link: str) -> None:
    """Send the link for a password reset."""
    write(
        email,
        say("Choose a new password"),
        say("Hello %(name)s,", name=username),
        say("somebody, probably you, asked for a new password. Choose it here within one hour:"),
        say("%(link)s", link=link),
        say("If it was not you, ignore this e-mail. Your password stays as it is."),
    )


def tell_of_new_password(email: str, *, username: str, link: str) -> None:
    """Tell a member that their password was changed."""
    write(
        email,
        say("Your password was changed"),
        say("Hello %(name)s,", name=username),
        say("the password of your account was changed just now, and your other devices were logged out."),
        say("If it was not you, choose a new password right away:"),
        say("%(link)s", link=link),
    )


def ask_new_mailbox(email: str, *, username: str, link: str) -> None:
    """Ask the owner of a new address to confirm it."""
    write(
        email,
        say("Confirm your new e-mail address"),
        say("Hello %(name)s,", name=username),
        say(
            "to use this address for your account, open this link within three days and press the button on that page:"
        ),
        say("%(link)s", link=link),
        say("If you did not ask for this, ignore this e-mail."),
    )


def tell_old_mailbox(email: str, *, username: str, link: str) -> None:
    """Tell the old address of the change, with a link to the password form, which cancels it."""
    write(
        email,
        say("Your e-mail address is being changed"),
        say("Hello %(name)s,", name=username),
        say("somebody who knows your password asked to use another e-mail address for your account."),
        say("If it was not you, change your password before the new address is confirmed. That cancels the change:"),
        say("%(link)s", link=link),
    )
