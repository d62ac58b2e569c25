"""Members, as admins change them."""

from marshmallow import Schema, fields, validate

from forum.models import Role
from forum.schemas.account import MAX_NAME_INPUT, ConfirmIn, DeletionIn
from forum.schemas.admin.shapes import MAX_SEARCH_INPUT
from forum.schemas.sanction import Day, LocalDay
from forum.schemas.shapes import MAX_ID, Between, ChosenNumber, CleanText, OptionalNumber


class RoleIn(Schema):
    """A member's new role."""

    role = CleanText(required=True, most=20, validate=validate.OneOf([role.value for role in Role]))


class MemberTitleChoiceIn(Schema):
    """A member's own title."""

    custom_title = CleanText(load_default="", most=200)


class DeletionByAdminIn(DeletionIn):
    """Closing a member's account, with the admin's own password."""

    at_once = fields.Boolean(load_default=False)


class AccountMergeIn(ConfirmIn):
    """The name of the account into which another one is merged, with the admin's own password."""

    target = CleanText(required=True, most=MAX_NAME_INPUT)


class GroupChoiceIn(Schema):
    """A group that a member joins, and the day on which their membership ends."""

    group = ChosenNumber(required=True, validate=validate.Range(1, MAX_ID))
    until = LocalDay(load_default=None)


class RenameIn(Schema):
    """A member's new name."""

    username = CleanText(required=True, most=MAX_NAME_INPUT)


class MemberSearchIn(Schema):
    """Whom an admin looks for."""

    q = CleanText(load_default="", most=MAX_SEARCH_INPUT)
    group = OptionalNumber(load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))
    address = CleanText(load_default="", most=45)
    joined_from = Day(load_default=None)
    joined_to = Day(load_default=None)
    messages = OptionalNumber(load_default=None, allow_none=True, validate=Between(0, MAX_ID))
