"""What is looked for in the log."""

from marshmallow import Schema, fields

from forum.schemas.account import MAX_NAME_INPUT
from forum.schemas.listing import PageIn, PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.sanction import Day
from forum.schemas.shapes import CleanText, Timestamp, flag, identifier, text

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
        metadata={"description": "A part of the details; looked for in the newest 10,000 entries."},
    )
    first = Day(load_default=None, metadata={"description": "A day, in UTC."})
    last = Day(load_default=None, metadata={"description": "A day, in UTC."})


class LogPageIn(LogSearchIn, PageIn):
    """A page of what is looked for."""


class LogEntryOut(Schema):
    """An entry of the log."""

    id = identifier()
    at = Timestamp(required=True)
    actor = fields.Nested(MemberRefOut, required=True, allow_none=True)
    action = text("Such as change-setting.")
    target = text("The object, such as board:7; empty for none.")
    details = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    address = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The IP address; null for those who may not see it."},
    )
    can_undo = flag("Whether the caller may undo it.")


class LogListOut(Schema):
    """A page of the log, newest first."""

    items = fields.List(fields.Nested(LogEntryOut), required=True)
    page = fields.Nested(PageOut, required=True)
