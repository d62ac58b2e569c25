"""API input schemas for writing; the feature packages validate as for forms, the exact limits are documented here."""

from marshmallow import Schema, validate

from forum.schemas.shapes import MAX_ID, CleanText, JsonInteger
from forum.threads.rules import BODY_MAX, TITLE_MAX, TITLE_MIN


class PostIn(Schema):
    """The text of a post."""

    body = CleanText(
        required=True,
        most=BODY_MAX,
        metadata={"description": "Markdown, 1 to 50,000 characters with at least one visible.", "minLength": 1},
    )


class TitleIn(Schema):
    """A new title of a thread."""

    title = CleanText(
        required=True,
        most=TITLE_MAX,
        metadata={
            "description": "4 to 150 visible characters, or 2 in Chinese, Japanese or Korean. Consecutive spaces are "
            "merged.",
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
        metadata={"description": "Stored in the moderation log; truncated to 200 characters."},
    )


class EditIn(PostIn):
    """A post's new text."""

    seen_revision = JsonInteger(
        load_default=None,
        validate=validate.Range(0, MAX_ID),
        metadata={"description": "The revision that the edit is based on; 409 if the post was edited since."},
    )
