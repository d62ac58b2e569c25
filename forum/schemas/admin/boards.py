"""Boards."""

from marshmallow import Schema, fields, validate

from forum.admin import rules
from forum.models import Board
from forum.schemas.admin.shapes import column_text
from forum.schemas.shapes import MAX_ID, ChosenNumber, CleanText, OptionalNumber


class BoardIn(Schema):
    """A board or a category."""

    title = column_text(Board.title, least=1)
    description = CleanText(most=rules.MAX_BOARD_DESCRIPTION)
    parent_id = OptionalNumber(
        allow_none=True,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The board or category that contains it; null for none."},
    )
    is_category = fields.Boolean()


class BoardMergeIn(Schema):
    """The board to which all threads of another are moved."""

    move_threads_to = ChosenNumber(required=True, validate=validate.Range(1, MAX_ID))


class DeleteBoardIn(Schema):
    """What becomes of a deleted board's threads."""

    move_threads_to = ChosenNumber(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The board to which its threads are moved first, by a job; needed if it has threads."},
    )


class NewBoardIn(BoardIn):
    """A new board or category."""

    title = column_text(Board.title, least=1, required=True)
