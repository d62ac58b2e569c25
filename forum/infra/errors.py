"""All errors the forum raises on purpose; the interfaces turn them into responses."""

from collections.abc import Mapping, Sequence

from forum.infra.text.messages import Message, say

MessageText = Message | str


class ForumError(Exception):
    """A refusal with a message for the visitor, an HTTP status and a slug for programs."""

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
    """The visitor is known but lacks permission."""

    status, slug = 403, "forbidden"


class TwoFactorRequired(Forbidden):
    """The visitor must set up two-factor authentication before acting as staff."""

    slug = "two-factor-required"

    def __init__(self, message: MessageText | None = None) -> None:
        super().__init__(message or say("Set up two-factor authentication first. Staff of this forum must use it."))


class NotFound(ForumError):
    """The thing does not exist, or the visitor may not know that it does."""

    status, slug = 404, "not-found"

    def __init__(self, message: MessageText | None = None) -> None:
        super().__init__(message or say("There is nothing at this address."))


class Conflict(ForumError):
    """The request conflicts with a change that was made before."""

    status, slug = 409, "conflict"


class Invalid(ForumError):
    """The input is invalid; `fields` maps field names to error messages."""

    status, slug = 422, "invalid"

    def __init__(self, fields: Mapping[str, Sequence[MessageText]], message: MessageText | None = None) -> None:
        super().__init__(message or say("Please correct the fields marked below."))
        self.fields = {name: list(words) for name, words in fields.items()}


class TooSoon(ForumError):
    """A rate limit is reached; `retry_after` is in whole seconds."""

    status, slug = 429, "too-soon"

    def __init__(self, message: MessageText, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = max(1, retry_after)


class Unavailable(ForumError):
    """A temporary failure (disk full, database locked); retrying later helps."""

    status, slug = 503, "unavailable"

    def __init__(self, message: MessageText | None = None) -> None:
        super().__init__(
            message or say("The forum cannot save this right now. Nothing you typed is lost. Try again in a moment.")
        )


class BadFile(Exception):
    """A file or folder, named by the operator, that cannot be read or written; the message is one line."""
