"""Boards."""

from marshmallow import Schema, fields, validate

from forum.admin import rules as limits
from forum.models import Board, BoardApproval
from forum.schemas.admin.shapes import column_text
from forum.schemas.shapes import MAX_ID, ChosenNumber, CleanText, OptionalNumber, WholeNumber


class BoardIn(Schema):
    """A board or a category."""

    title = column_text(Board.title, least=1)
    description = CleanText(most=limits.MAX_BOARD_DESCRIPTION)
    parent_id = OptionalNumber(
        allow_none=True,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The board or category that contains it; null for none."},
    )
    is_category = fields.Boolean()
    is_closed = fields.Boolean(metadata={"description": "Whether only its moderators start threads and reply in it."})
    approval = CleanText(
        most=10,
        validate=validate.OneOf([each.value for each in BoardApproval]),
        metadata={"description": "What waits for its moderators: threads, all (replies too), or empty for nothing."},
    )
    rules = CleanText(most=limits.MAX_BOARD_RULES, metadata={"description": "The board's rules, as Markdown."})


class ChangedBoardIn(BoardIn):
    """What is changed of a board."""

    position = WholeNumber(
        validate=validate.Range(0, limits.MAX_ROWS),
        metadata={"description": "Its place among the boards with the same parent, from 0."},
    )


class BoardMergeIn(Schema):
    """The board to which all threads of another are moved."""

    move_threads_to = ChosenNumber(required=True, validate=validate.Range(1, MAX_ID))


class BoardPlaceIn(Schema):
    """Where a board is put: inside which one, and before which of its boards, counted from 0."""

    parent_id = OptionalNumber(required=True, allow_none=True, validate=validate.Range(1, MAX_ID))
    position = WholeNumber(required=True, validate=validate.Range(0, limits.MAX_ROWS))


class DeleteBoardIn(Schema):
    """What becomes of a deleted board's threads."""

    move_threads_to = ChosenNumber(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The board to which its threads are moved first, by a job."},
    )
    delete_threads = fields.Boolean(
        load_default=False,
        metadata={"description": "Delete all its threads with it, by a job. With threads, one of the two is needed."},
    )


class NewBoardIn(BoardIn):
    """A new board or category."""

    title = column_text(Board.title, least=1, required=True)
