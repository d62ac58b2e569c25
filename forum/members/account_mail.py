"""Account e-mails, written to the outbox; a job sends them."""

import logging
from datetime import date

from sqlalchemy import delete, select

from forum.infra import clock
from forum.infra.client_ip import client_address
from forum.infra.database.db import current_settings, session
from forum.infra.ephemeral.rate_limits import hit
from forum.infra.text.messages import Message, one_line, say
from forum.members.rules import (
    DAY_SECONDS,
    DEVICE_MAILS_PER_DAY,
    INVITATIONS_PER_ADDRESS_A_DAY,
    MAILS_PER_ADDRESS_PER_DAY,
    email_key,
)
from forum.models import EmailStop, Mail, MailFailure, Member
from forum.site.queries import snapshot

log = logging.getLogger("forum.members")


def mail_is_set_up() -> bool:
    """Whether mail can be sent; otherwise it stays in the outbox for the operator."""
    return bool(current_settings().mail_url)


def queue_mail(recipient: str, subject: Message, *paragraphs: Message, is_asked: bool = False) -> None:
    """Add a message to the outbox; beyond MAILS_PER_ADDRESS_PER_DAY for one mailbox it is dropped with a warning.

    A member's address gets only what somebody asks for now (`is_asked`) until it is confirmed, and once mail to it has
    failed. A complaint stops only what is not about the account.
    """
    if not is_asked and not _takes_mail(recipient):
        log.info("e-mail not sent: the address is not confirmed, or stopped")
        return
    if hit(f"mail:{email_key(recipient)}", limit=MAILS_PER_ADDRESS_PER_DAY, seconds=DAY_SECONDS):
        log.warning("e-mail not sent: its mailbox got %d today", MAILS_PER_ADDRESS_PER_DAY)
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


def _takes_mail(recipient: str) -> bool:
    """Whether an address is nobody's, or its member has confirmed it and it is not stopped.

    Without a mail server nobody can confirm: the messages are for the operator then.
    """
    columns = (Member.email_verified_at, Member.email_stop_reason)
    member = session.execute(select(*columns).where(Member.email_key == email_key(recipient))).one_or_none()
    if member is None:
        return True
    is_confirmed = member.email_verified_at is not None or not mail_is_set_up()
    return is_confirmed and member.email_stop_reason in {"", EmailStop.COMPLAINT.value}


def use_address_again(member: Member) -> None:
    """Send mail to an address again, and forget what has failed."""
    member.email_stopped_at, member.email_stop_reason = None, ""
    session.execute(delete(MailFailure).where(MailFailure.member_id == member.id))


def ask_to_confirm(email: str, *, username: str, link: str) -> None:
    """Ask a new member to confirm their e-mail address."""
    queue_mail(
        email,
        say("Confirm your e-mail address"),
        say("Hello %(name)s,", name=username),
        say("to finish your registration, open this link within three days and press the button on that page:"),
        say("%(link)s", link=link),
        say("If you did not register, ignore this e-mail. No account will be opened."),
        is_asked=True,
    )


def tell_of_registration(email: str, *, link: str) -> None:
    """Tell a member that somebody tried to register with their address."""
    queue_mail(
        email,
        say("You already have an account"),
        say("Somebody wanted to register with this e-mail address, which already belongs to your account."),
        say("If it was you and you forgot your password, choose a new one here:"),
        say("%(link)s", link=link),
        say("If it was not you, ignore this e-mail. Nothing has changed."),
        is_asked=True,
    )


def tell_of_approval(email: str, *, username: str, link: str) -> None:
    """Tell somebody that a moderator has approved their account."""
    queue_mail(
        email,
        say("Welcome: your registration was approved"),
        say("Hello %(name)s,", name=username),
        say("your account was approved. You can log in and write from now on:"),
        say("%(link)s", link=link),
    )


def tell_of_rejection(email: str, *, username: str, reason: str, link: str) -> None:
    """Tell somebody that their account was not approved, and why."""
    queue_mail(
        email,
        say("Your registration was not approved"),
        say("Hello %(name)s,", name=username),
        say("a moderator has decided not to approve your account. It will be deleted within 14 days."),
        say("Reason: %(reason)s", reason=reason) if reason else say("No reason was given."),
        say("If this is a mistake, write to us: %(link)s", link=link),
    )


def ask_applicant(email: str, *, username: str, question: str, link: str) -> None:
    """Ask somebody whose account waits for approval."""
    queue_mail(
        email,
        say("A question about your registration"),
        say("Hello %(name)s,", name=username),
        say("before your account is approved, a moderator would like to know:"),
        say("%(question)s", question=question),
        say("Log in and answer on the page that says that your registration waits:"),
        say("%(link)s", link=link),
    )


def send_invitation(email: str, *, inviter: str, link: str) -> None:
    """Mail an invitation, whether or not the address has an account; at most three a day go to one mailbox."""
    if hit(f"invited:{email_key(email)}", limit=INVITATIONS_PER_ADDRESS_A_DAY, seconds=DAY_SECONDS):
        log.warning("invitation not mailed: its mailbox got %d today", INVITATIONS_PER_ADDRESS_A_DAY)
        return
    site = snapshot().name
    who = say("%(name)s invites you to join %(site)s.", name=inviter, site=site)
    queue_mail(
        email,
        say("An invitation to %(site)s", site=site),
        who if inviter else say("You are invited to join %(site)s.", site=site),
        say("Register with this link within 30 days. It works once:"),
        say("%(link)s", link=link),
        say("If you do not want to, ignore this e-mail."),
        is_asked=True,
    )


def send_reset(email: str, *, username: str, link: str) -> None:
    """Send the link for a password reset."""
    queue_mail(
        email,
        say("Choose a new password"),
        say("Hello %(name)s,", name=username),
        say("somebody, probably you, asked for a new password. Choose it here within one hour:"),
        say("%(link)s", link=link),
        say("If it was not you, ignore this e-mail. Your password stays as it is."),
        is_asked=True,
    )


def tell_of_new_password(email: str, *, username: str, link: str) -> None:
    """Tell a member that their password was changed."""
    queue_mail(
        email,
        say("Your password was changed"),
        say("Hello %(name)s,", name=username),
        say("the password of your account was changed just now, and your other devices were logged out."),
        say("If it was not you, choose a new password right away:"),
        say("%(link)s", link=link),
    )


def tell_of_new_device(member: Member, *, device: str, link: str) -> None:
    """Tell a member of a login in a browser where they have not logged in before; a few times a day at most."""
    if not member.email or hit(f"device:{member.id}", limit=DEVICE_MAILS_PER_DAY, seconds=DAY_SECONDS):
        return
    visitor = client_address()
    queue_mail(
        member.email,
        say("New login to your account"),
        say("Hello %(name)s,", name=member.username),
        say("somebody logged in to your account in a browser where you have not logged in before:"),
        say("%(device)s", device=device or "–"),
        say("%(time)s UTC", time=f"{clock.now():%Y-%m-%d %H:%M}"),
        *([say("IP address %(address)s", address=visitor.stored)] if visitor.stored else []),
        say("If it was you, there is nothing to do. If not, choose a new password and log out that device:"),
        say("%(link)s", link=link),
    )


def tell_that_two_factor_is_on(email: str, *, username: str, link: str) -> None:
    """Tell a member that two-factor authentication was turned on."""
    queue_mail(
        email,
        say("Two-factor authentication is on"),
        say("Hello %(name)s,", name=username),
        say("two-factor authentication of your account was turned on just now."),
        say("Logging in takes a code of your authenticator app from now on. You can change this here:"),
        say("%(link)s", link=link),
    )


def tell_that_two_factor_is_off(email: str, *, username: str, link: str) -> None:
    """Tell a member that two-factor authentication was turned off."""
    queue_mail(
        email,
        say("Two-factor authentication is off"),
        say("Hello %(name)s,", name=username),
        say("two-factor authentication of your account was turned off just now. Your password is enough to log in."),
        say("If you did not ask for this, choose a new password right away:"),
        say("%(link)s", link=link),
    )


def tell_of_new_name(email: str, *, was: str, now: str) -> None:
    """Tell a member that an admin has changed their name."""
    queue_mail(
        email,
        say("Your name was changed"),
        say("Hello %(name)s,", name=was),
        say("an admin of this forum has changed your name from %(was)s to %(now)s.", was=was, now=now),
        say("From now on, log in with the new name or with your e-mail address. The old name works for a year, too."),
    )


def tell_of_closing(email: str, *, username: str, day: date, link: str) -> None:
    """Tell a member that their account is closed, and how to keep it."""
    queue_mail(
        email,
        say("Your account is closed"),
        say("Hello %(name)s,", name=username),
        say("your account was closed just now. On %(day)s it will be deleted.", day=day.isoformat()),
        say("If you want to keep it, log in before that day and choose “Keep my account”:"),
        say("%(link)s", link=link),
    )


def mail_confirm_new_address(email: str, *, username: str, link: str) -> None:
    """Ask the owner of a new address to confirm it."""
    queue_mail(
        email,
        say("Confirm your new e-mail address"),
        say("Hello %(name)s,", name=username),
        say(
            "to use this address for your account, open this link within three days and press the button on that page:"
        ),
        say("%(link)s", link=link),
        say("If you did not ask for this, ignore this e-mail."),
        is_asked=True,
    )


def mail_notify_old_address(email: str, *, username: str, link: str) -> None:
    """Tell the old address of the change, with a link to the password form, which cancels it."""
    queue_mail(
        email,
        say("Your e-mail address is being changed"),
        say("Hello %(name)s,", name=username),
        say("somebody who knows your password asked to use another e-mail address for your account."),
        say("If it was not you, change your password before the new address is confirmed. That cancels the change:"),
        say("%(link)s", link=link),
    )
