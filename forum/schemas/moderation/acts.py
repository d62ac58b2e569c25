"""Acts of moderators on many threads or posts."""

from marshmallow import validate

from forum.schemas.shapes import MAX_ID, OptionalNumber
from forum.schemas.writing import ReasonIn


class BulkFormIn(ReasonIn):
    """Why, and for moving the board."""

    board = OptionalNumber(load_default=None, validate=validate.Range(1, MAX_ID))
