"""Every way in which the forum says no; the doors turn these into answers."""

from collections.abc import Mapping, Sequence

from forum.infra.messages import Message, say

MessageText = Message | str


class ForumError(Exception):
    """A refusal with words for the visitor, an HTTP status and a slug for machines."""

    status = 400
    slug = "refused"

    def __init__(self, message: MessageText) -> None:
        super().__init__(str(message))
        self.message = message


class NotLoggedIn(ForumError):
    """The visitor must log in first."""

    status, slug = 401, "not-logged-in"

    def __init__(self, message: MessageText | None = None) -> None:
        super().__init__(message or say("You must log in or register to do this."))


class Forbidden(ForumError):
    """The visitor is known and may not."""

    status, slug = 403, "forbidden"


class NotFound(ForumError):
    """There is no such thing, or the visitor may not know of it."""

    status, slug = 404, "not-found"

    def __init__(self, message: MessageText | None = None) -> None:
        super().__init__(message or say("There is nothing at this address."))


class Conflict(ForumError):
    """Somebody else was first."""

    status, slug = 409, "conflict"


class Invalid(ForumError):
    """What was typed cannot be taken; `fields` maps a field's name to what is wrong with it."""

    status, slug = 422, "invalid"

    def __init__(self, fields: Mapping[str, Sequence[MessageText]], message: MessageText | None = None) -> None:
        super().__init__(message or say("Please correct the fields marked below."))
        self.fields = {name: list(words) for name, words in fields.items()}


class TooSoon(ForumError):
    """A limit is reached; `retry_after` is in whole seconds."""

    status, slug = 429, "too-soon"

    def __init__(self, message: MessageText, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = max(1, retry_after)


class Unavailable(ForumError):
    """The forum cannot do it now (disk full, database locked); trying again later helps."""

    status, slug = 503, "unavailable"

    def __init__(self, message: MessageText | None = None) -> None:
        super().__init__(
            message or say("The forum cannot save this right now. Nothing you typed is lost. Try again in a moment.")
        )
