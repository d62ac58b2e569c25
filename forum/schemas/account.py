"""What comes in when people join, log in and change their accounts; what it may be is judged by the members' room."""

from marshmallow import Schema, fields, validate

from forum.schemas.shapes import MAX_ID, CleanText, Password

# Somewhat more than the members' rules allow, which say precisely what is wrong with what is a little too long.
MAX_NAME_INPUT, MAX_EMAIL_INPUT, MAX_LINE_INPUT, MAX_ABOUT_INPUT = 200, 500, 500, 10_000


class RegisterIn(Schema):
    """Somebody who wants to join, or the first admin."""

    username = CleanText(required=True, most=MAX_NAME_INPUT)
    email = CleanText(required=True, most=MAX_EMAIL_INPUT)
    password = Password(required=True)


class LoginIn(Schema):
    """A name or an e-mail address with its password."""

    username = CleanText(required=True, most=MAX_EMAIL_INPUT)
    password = Password(required=True)
    remember = fields.Boolean(load_default=False)


class ResetRequestIn(Schema):
    """A name or an e-mail address whose password is forgotten."""

    username = CleanText(required=True, most=MAX_EMAIL_INPUT)


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

    email = CleanText(required=True, most=MAX_EMAIL_INPUT)


class ProfileIn(Schema):
    """What others see of a member."""

    country = CleanText(load_default="", most=MAX_LINE_INPUT)
    location = CleanText(load_default="", most=MAX_LINE_INPUT)
    about = CleanText(load_default="", most=MAX_ABOUT_INPUT)
    is_hidden = fields.Boolean(load_default=False)


class TokenIn(Schema):
    """An API token to be made: what it is called, how many days it is good (0: for ever) and what it may do."""

    name = CleanText(required=True, most=MAX_LINE_INPUT)
    days = fields.Integer(load_default=90, validate=validate.Range(0, MAX_ID))
    read = fields.Boolean(load_default=False)
    write = fields.Boolean(load_default=False)
    moderate = fields.Boolean(load_default=False)
    admin = fields.Boolean(load_default=False)
