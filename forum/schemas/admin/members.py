"""Members, as admins change them."""

from marshmallow import Schema, fields, validate

from forum.models import Role
from forum.schemas.account import MAX_NAME_INPUT, ConfirmIn, DeletionIn
from forum.schemas.sanction import LocalDay
from forum.schemas.shapes import MAX_ID, CleanText, WholeNumber


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

    group = WholeNumber(required=True, validate=validate.Range(1, MAX_ID))
    until = LocalDay(load_default=None)


class RenameIn(Schema):
    """A member's new name."""

    username = CleanText(required=True, most=MAX_NAME_INPUT)
