"""What members write, by form or as JSON: one schema for both.

A form may exceed a text's maximum (`most_in_form`), so that the feature's rules refuse it with their precise message.
"""

from marshmallow import Schema, fields, validate

from forum.schemas.shapes import MAX_ID, Between, CleanText, OptionalNumber, WholeNumber
from forum.threads.rules import BODY_MAX, TITLE_MAX, TITLE_MIN

MAX_BODY_INPUT, MAX_LINE_INPUT = 2 * BODY_MAX, 1000  # of forms: line breaks arrive as two characters
MAX_CHOSEN, MAX_CHOSEN_INPUT = 1000, 11_000  # posts, and characters of their ids, which a form keeps over its pages
MAX_KEY_INPUT = 100  # of keys that the forum itself puts into its forms


class PostIn(Schema):
    """The text of a post."""

    body = CleanText(
        required=True,
        most=BODY_MAX,
        most_in_form=MAX_BODY_INPUT,
        metadata={"description": "Markdown, 1 to 50,000 characters with at least one visible.", "minLength": 1},
    )


class TitleIn(Schema):
    """A new title of a thread."""

    title = CleanText(
        required=True,
        most=TITLE_MAX,
        most_in_form=MAX_LINE_INPUT,
        metadata={
            "description": "4 to 150 visible characters, or 2 in Chinese, Japanese or Korean. Consecutive spaces are "
            "merged.",
            "minLength": TITLE_MIN // 2,
        },
    )


class TitleFormIn(TitleIn):
    """The form of a title; why a moderator changes it, for who started the thread."""

    reason = CleanText(load_default="", most=MAX_LINE_INPUT)


class ThreadIn(PostIn, TitleIn):
    """A new thread with its first post."""


class EditIn(PostIn):
    """A post's new text."""

    seen_revision = WholeNumber(
        load_default=None,
        validate=validate.Range(0, MAX_ID),
        metadata={"description": "The revision that the edit is based on; 409 if the post was edited since."},
    )

    reason = CleanText(
        load_default="",
        most=MAX_LINE_INPUT,
        metadata={
            "description": "Why a moderator changes what somebody else wrote, for its author; cut to 200 characters."
        },
    )


class EditWithTitleIn(EditIn):
    """The form of a post, with the thread's title if it is the first."""

    title = CleanText(load_default=None, most=MAX_LINE_INPUT)


class ReasonIn(Schema):
    """Why something is deleted."""

    reason = CleanText(
        load_default="",
        most=MAX_LINE_INPUT,
        metadata={"description": "Stored in the moderation log; truncated to 200 characters."},
    )


class ReactionIn(Schema):
    """The key of a reaction kind."""

    kind = CleanText(required=True, most=MAX_KEY_INPUT)


class DraftIn(Schema):
    """A draft for a place such as "thread:12"."""

    place = CleanText(required=True, most=MAX_KEY_INPUT)
    title = CleanText(load_default="", most=MAX_LINE_INPUT)
    body = CleanText(load_default="", most=MAX_BODY_INPUT)


class QuoteIn(Schema):
    """Text quoted from a post."""

    text = CleanText(required=True, most=BODY_MAX, validate=validate.Length(1))


class SplitFormIn(Schema):
    """The posts that were ticked on other pages, and where they go: a new thread, or the address of one.

    `first` and `last` are the numbers of posts that go with all between them. With `copies` posts also stay.
    """

    chosen = CleanText(load_default="", most=MAX_CHOSEN_INPUT)
    first = OptionalNumber(load_default=None, validate=Between(1, MAX_ID))
    last = OptionalNumber(load_default=None, validate=Between(1, MAX_ID))
    title = CleanText(load_default="", most=MAX_LINE_INPUT)
    board = OptionalNumber(load_default=None, validate=validate.Range(1, MAX_ID))
    into = CleanText(load_default="", most=MAX_LINE_INPUT)
    copies = fields.Boolean(load_default=False)
