"""React to messages. Only the members of a conversation see it, and it counts for nobody's score.

The author of the message is told, of a message once for each who reacted.
"""

from forum import permissions
from forum.conversations import access, telling
from forum.conversations.actions import lock
from forum.infra import clock
from forum.infra.database.db import session
from forum.models import ConversationMessage, Member, MessageReaction
from forum.reactions.actions import kind_named


def react(actor: Member, message: ConversationMessage, *, kind: str) -> None:
    """Set the actor's one reaction to a message, replacing an earlier one. Raises Invalid for an unknown kind."""
    lock(actor, message.conversation)
    permissions.require(access.may_react(actor, message))
    chosen = kind_named(kind)
    reaction = session.get(MessageReaction, (message.id, actor.id))
    message.conversation.version += 1
    if reaction is not None:
        reaction.kind_id = chosen.id
        session.flush()
        return
    made = {"message_id": message.id, "member_id": actor.id, "kind_id": chosen.id}
    session.add(MessageReaction(**made, created_at=clock.now()))
    session.flush()
    telling.tell_of_reaction(actor, message)


def withdraw(actor: Member, message: ConversationMessage) -> None:
    """Remove the actor's reaction, if any."""
    lock(actor, message.conversation)
    permissions.require(access.may_react(actor, message))
    reaction = session.get(MessageReaction, (message.id, actor.id))
    if reaction is not None:
        session.delete(reaction)
        message.conversation.version += 1
        session.flush()
        telling.withdraw_reaction(actor, message)
