"""What comes in when people join, log in and change their accounts; what it may be is judged by the members' room."""

from marshmallow import Schema, fields

from forum.schemas.shapes import CleanText, Password


class RegisterIn(Schema):
    """Somebody who wants to join, or the first admin."""

    username = CleanText(required=True)
    email = CleanText(required=True)
    password = Password(required=True)


class LoginIn(Schema):
    """A name or an e-mail address with its password."""

    username = CleanText(required=True)
    password = Password(required=True)
    remember = fields.Boolean(load_default=False)


class ResetRequestIn(Schema):
    """A name or an e-mail address whose password is forgotten."""

    username = CleanText(required=True)


class NewPasswordIn(Schema):
    """A password chosen with a mailed link; the API tokens end too if wished."""

    new_password = Password(required=True)
    end_tokens = fields.Boolean(load_default=False)


class PasswordIn(NewPasswordIn):
    """A password changed by somebody who knows the present one."""

    current_password = Password(required=True)


class ConfirmIn(Schema):
    """The password once more."""

    password = Password(required=True)


class EmailIn(ConfirmIn):
    """Another e-mail address."""

    email = CleanText(required=True)


class CardIn(Schema):
    """What others see of a member."""

    country = CleanText(load_default="")
    location = CleanText(load_default="")
    about = CleanText(load_default="")
    is_hidden = fields.Boolean(load_default=False)


class TokenIn(Schema):
    """An API token to be made: what it is called, how many days it is good (0: for ever) and what it may do."""

    name = CleanText(required=True)
    days = fields.Integer(load_default=90)
    read = fields.Boolean(load_default=False)
    write = fields.Boolean(load_default=False)
    moderate = fields.Boolean(load_default=False)
    admin = fields.Boolean(load_default=False)
