"""Replace an erased member's name in what others wrote in conversations; their own messages stay, for the others."""

from sqlalchemy import func, select

from forum.accounts.name_replacement import NameReplacement
from forum.infra.database.db import session
from forum.markup.render import VERSION
from forum.models import AccountErasure, ConversationMessage, Member
from forum.threads.writing import render

SCANNED_MESSAGES = 200


def replace_in_messages(erasure: AccountErasure, member: Member) -> int | None:
    """Replace the member's names in the next messages that mention or quote them."""
    names = NameReplacement(member.id, erasure.names.splitlines(), member.username)
    upto = erasure.done_to + SCANNED_MESSAGES
    part = (ConversationMessage.id > erasure.done_to, ConversationMessage.id <= upto, ConversationMessage.event == "")
    for message in session.scalars(select(ConversationMessage).where(*part, names.candidates(ConversationMessage))):
        clean = names.in_message(message.source)
        if clean != message.source:
            message.source, message.html, message.markup_version = clean, render(clean).html, VERSION
    session.flush()
    return upto if upto < (session.scalar(select(func.max(ConversationMessage.id))) or 0) else None
