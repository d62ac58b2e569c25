"""Groups and their rights."""

from marshmallow import Schema, fields, validate

from forum.admin import rules
from forum.models import Group, Right
from forum.schemas.admin.shapes import MAX_SEARCH_INPUT, column_text
from forum.schemas.sanction import LocalDay
from forum.schemas.shapes import MAX_ID, Between, CleanText, OptionalNumber

MAX_TYPED = 2000  # of a reason or an answer; longer than is stored, so that the refusal can keep what was typed


def _condition(most: int, counted: str) -> OptionalNumber:
    words = f"Who has at least so many {counted}, and meets the other conditions, is in the group; null: no condition."
    return OptionalNumber(allow_none=True, validate=Between(0, most), metadata={"description": words})


class GroupIn(Schema):
    """A group of members."""

    title = column_text(Group.title, least=1)
    description = column_text(Group.description)
    banner_text = column_text(Group.banner_text)
    banner_colour = column_text(Group.banner_colour)
    takes_requests = fields.Boolean()
    edit_minutes = OptionalNumber(
        allow_none=True,
        validate=Between(1, rules.MAX_EDIT_WINDOW_MINUTES),
        metadata={"description": "For how long they may edit their posts, if longer than the setting."},
    )
    min_messages = _condition(rules.MAX_TITLE_MESSAGES, "messages")
    min_days = _condition(rules.MAX_GROUP_DAYS, "days since joining")
    min_score = _condition(rules.MAX_GROUP_SCORE, "points of reactions")


class GroupRightsIn(Schema):
    """The rights of a group."""

    rights = fields.List(
        CleanText(most=40, validate=validate.OneOf([right.value for right in Right])),
        required=True,
        validate=validate.Length(max=len(Right)),
        metadata={"description": "All rights that the group is to have."},
    )


class GroupRequestIn(Schema):
    """Why a member wants to join a group."""

    reason = CleanText(load_default="", most=MAX_TYPED)


class RefusalIn(Schema):
    """Why a request is refused."""

    answer = CleanText(load_default="", most=MAX_TYPED)


class NewGroupIn(GroupIn):
    """A new group of members."""

    title = column_text(Group.title, least=1, required=True)


class ViewAsIn(Schema):
    """As whom an admin views the forum: with the groups of a member, or as a new member of one group."""

    member = CleanText(load_default="", most=MAX_SEARCH_INPUT)
    group = OptionalNumber(load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))


class NewGroupMemberIn(Schema):
    """The name of a member who joins a group, and the day on which their membership ends."""

    member = CleanText(required=True, least=1, most=MAX_SEARCH_INPUT)
    until = LocalDay(load_default=None)
