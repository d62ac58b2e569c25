"""What admins enter, by form, command or as JSON: settings, boards, groups, reaction kinds and more."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from forum.admin import rules
from forum.infra.text.messages import say
from forum.models import Board, Group, MemberTitle, ReactionKind, Right, Role, Smilie
from forum.schemas.sanction import Day
from forum.schemas.shapes import MAX_ID, Between, CleanText, WholeNumber, count, flag, text

MAX_SEARCH_INPUT = 300  # characters of a member search


def _text(column: Any = None, *, most: int = 0, **more: Any) -> CleanText:
    """A text as long as its column, or as `most`."""
    return CleanText(most=most or column.type.length, **more)


def _is_key(value: str) -> None:
    if not re.fullmatch(r"[a-z0-9-]+", value):
        raise ValidationError([say("Use only the letters a to z, digits and hyphens.")])


class SettingsIn(Schema):
    """The site's settings."""

    name = CleanText(least=1, most=rules.MAX_SITE_NAME)
    description = CleanText(most=rules.MAX_SITE_DESCRIPTION)
    language = CleanText(most=20)
    terms = CleanText(most=rules.MAX_SITE_TEXT, most_in_form=2 * rules.MAX_SITE_TEXT)
    contact = CleanText(most=rules.MAX_SITE_TEXT, most_in_form=2 * rules.MAX_SITE_TEXT)
    edit_window_minutes = WholeNumber(validate=Between(0, rules.MAX_EDIT_WINDOW_MINUTES))
    flood_seconds = WholeNumber(validate=Between(0, rules.MAX_FLOOD_SECONDS))
    remote_images = fields.Boolean()


class OptionalNumber(WholeNumber):
    """A whole number; null, or empty in a form, for none."""

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """The number, or None."""
        return super().deserialize(None if self.in_form and value == "" else value, attr, data, **kwargs)


class BoardIn(Schema):
    """A board or a category."""

    title = _text(Board.title, least=1)
    description = CleanText(most=rules.MAX_BOARD_DESCRIPTION)
    parent_id = OptionalNumber(
        allow_none=True,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The board or category that contains it; null for none."},
    )
    is_category = fields.Boolean()


class BoardMergeIn(Schema):
    """The board to which all threads of another are moved."""

    move_threads_to = WholeNumber(required=True, validate=validate.Range(1, MAX_ID))


class DeleteBoardIn(Schema):
    """What becomes of a deleted board's threads."""

    move_threads_to = WholeNumber(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The board to which its threads are moved first, by a job; needed if it has threads."},
    )


class NewBoardIn(BoardIn):
    """A new board or category."""

    title = _text(Board.title, least=1, required=True)


def _condition(most: int, counted: str) -> OptionalNumber:
    words = f"Who has at least so many {counted}, and meets the other conditions, is in the group; null: no condition."
    return OptionalNumber(allow_none=True, validate=Between(0, most), metadata={"description": words})


class GroupIn(Schema):
    """A group of members."""

    title = _text(Group.title, least=1)
    description = _text(Group.description)
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


class NewGroupIn(GroupIn):
    """A new group of members."""

    title = _text(Group.title, least=1, required=True)


class SettingsOut(Schema):
    """All settings of the site."""

    name = text()
    description = text()
    language = text("A code such as en or pt-BR, for the interface's dates and numbers and for search.")
    terms = text("Markdown, shown at /terms.")
    contact = text("Markdown, shown at /contact.")
    edit_window_minutes = count("How long members may edit their own posts; 0 for no limit.")
    flood_seconds = count("How long a new member waits between two posts.")
    remote_images = flag("Whether posts show images of other sites.")


class ReactionKindIn(Schema):
    """A reaction kind."""

    key = _text(ReactionKind.key, least=1, validate=_is_key)
    name = _text(ReactionKind.name, least=1)
    symbol = _text(ReactionKind.symbol, least=1)
    score = WholeNumber(validate=validate.OneOf([1, 0, -1]))


class MemberTitleIn(Schema):
    """A title that members earn."""

    title = _text(MemberTitle.title, least=1)
    min_messages = WholeNumber(validate=Between(0, rules.MAX_TITLE_MESSAGES))


class SmilieIn(Schema):
    """A smilie."""

    code = _text(Smilie.code, least=3)
    text_codes = _text(Smilie.text_codes)
    name = _text(Smilie.name, least=1)
    symbol = _text(Smilie.symbol, least=1)


class RoleIn(Schema):
    """A member's new role."""

    role = CleanText(required=True, most=20, validate=validate.OneOf([role.value for role in Role]))


class MemberTitleChoiceIn(Schema):
    """A member's own title."""

    custom_title = CleanText(load_default="", most=200)


class NewGroupMemberIn(Schema):
    """The name of a member who joins a group, and the day on which their membership ends."""

    member = CleanText(required=True, least=1, most=MAX_SEARCH_INPUT)
    until = Day(load_default=None)


class GroupChoiceIn(Schema):
    """A group that a member joins, and the day on which their membership ends."""

    group = WholeNumber(required=True, validate=validate.Range(1, MAX_ID))
    until = Day(load_default=None)


ROW_SCHEMAS: Mapping[str, type[Schema]] = {"reactions": ReactionKindIn, "titles": MemberTitleIn, "smilies": SmilieIn}
