"""The range of the statistics."""

from marshmallow import Schema, validate

from forum.admin.statistics.periods import Period
from forum.schemas.sanction import Day
from forum.schemas.shapes import CleanText


class StatisticsIn(Schema):
    """From which day to which, and by what; without a day, the last ones."""

    first = Day(load_default=None)
    last = Day(load_default=None)
    per = CleanText(load_default=Period.DAY, most=10, validate=validate.OneOf(list(Period)))
