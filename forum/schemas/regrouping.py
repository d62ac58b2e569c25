"""Merging threads and splitting posts off, by form or as JSON."""

from marshmallow import Schema, fields, validate

from forum.schemas.shapes import MAX_ID, CleanText, OptionalNumber, WholeNumber
from forum.schemas.writing import MAX_LINE_INPUT, TitleIn

MAX_CHOSEN = 1000  # posts
MAX_CHOSEN_INPUT = 11_000  # characters of their ids, which the form keeps over its pages


class MergeIn(Schema):
    """The thread that gets the posts."""

    into = WholeNumber(required=True, validate=validate.Range(1, MAX_ID))


class MergeFormIn(Schema):
    """The number or the address of the thread that gets the posts."""

    into = CleanText(required=True, most=MAX_LINE_INPUT)


class SplitIn(TitleIn):
    """The posts of a new thread, its title and its board."""

    post_ids = fields.List(
        WholeNumber(validate=validate.Range(1, MAX_ID)),
        required=True,
        validate=validate.Length(1, MAX_CHOSEN),
        metadata={"description": "Posts of the thread; the first of them opens the new one."},
    )
    board_id = OptionalNumber(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The board of the new thread; that of the thread if it is left out."},
    )


class SplitFormIn(Schema):
    """The posts that were ticked on other pages, and where they go: a new thread, or the address of one."""

    chosen = CleanText(load_default="", most=MAX_CHOSEN_INPUT)
    title = CleanText(load_default="", most=MAX_LINE_INPUT)
    board = OptionalNumber(load_default=None, validate=validate.Range(1, MAX_ID))
    into = CleanText(load_default="", most=MAX_LINE_INPUT)
