"""API input schemas for writing; the feature packages validate as for forms, the exact limits are documented here."""

from marshmallow import Schema, validate

from forum.schemas.shapes import MAX_ID, CleanText, JsonInteger
from forum.threads.rules import BODY_MAX, TITLE_MAX, TITLE_MIN


class PostIn(Schema):
    """The text of a post."""

    body = CleanText(
        required=True,
        most=BODY_MAX,
        metadata={"description": "Markdown, 1 to 50,000 characters, at least one of them visible.", "minLength": 1},
    )


class TitleIn(Schema):
    """A new title of a thread."""

    title = CleanText(
        required=True,
        most=TITLE_MAX,
        metadata={
            "description": "4 to 150 visible characters; of Chinese, Japanese or Korean 2 are enough. Spaces in a row "
            "are one.",
            "minLength": TITLE_MIN // 2,
        },
    )


class ThreadIn(PostIn, TitleIn):
    """A new thread with its first post."""


class ReasonIn(Schema):
    """Why something is deleted."""

    reason = CleanText(
        load_default="",
        most=1000,
        metadata={"description": "Written to the moderation log; what is over 200 characters is cut off."},
    )


class EditIn(PostIn):
    """A post's new text."""

    seen_revision = JsonInteger(
        load_default=None,
        validate=validate.Range(0, MAX_ID),
        metadata={"description": "The revision the editor began from; if somebody has edited since, 409."},
    )
