"""How the link in a mail that is not about a notification stops such mails."""

from forum.digests import choices
from forum.digests.rules import SCOPE
from forum.infra.text.messages import say
from forum.mail.unsubscribing import Other, Others

OTHERS: Others = {
    SCOPE: Other(say("Digests of what is new and popular"), choices.stop, choices.undo, choices.has_stopped)
}
