"""What is looked for in the log."""

from marshmallow import Schema

from forum.schemas.account import MAX_NAME_INPUT
from forum.schemas.sanction import Day
from forum.schemas.shapes import CleanText

MAX_TEXT_INPUT = 100


class LogSearchIn(Schema):
    """By whom, what was done to which object, with which words, from which day to which."""

    who = CleanText(load_default="", most=MAX_NAME_INPUT, metadata={"description": "The name of a member."})
    action = CleanText(load_default="", most=40, metadata={"description": "Such as change-setting."})
    target = CleanText(
        load_default="",
        most=MAX_NAME_INPUT,
        metadata={"description": "A kind and a number or name, such as board:7; or the name of a member."},
    )
    text = CleanText(
        load_default="",
        most=MAX_TEXT_INPUT,
        metadata={"description": "A part of the details; looked for in the newest 20,000 entries."},
    )
    first = Day(load_default=None, metadata={"description": "A day, in UTC."})
    last = Day(load_default=None, metadata={"description": "A day, in UTC."})
