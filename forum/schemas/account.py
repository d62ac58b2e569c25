"""Input schemas for registration, login and account changes; the members package validates the values."""

from marshmallow import Schema, fields, validate

from forum.members.signup.proof import MAX_PROOF
from forum.models.signup.application import MAX_APPLICATION
from forum.schemas.shapes import MAX_ID, CleanText, Password, WholeNumber

# Looser than the members' rules, so that slightly too long values get their precise messages.
MAX_NAME_INPUT, MAX_EMAIL_INPUT, MAX_LINE_INPUT, MAX_ABOUT_INPUT = 200, 500, 500, 10_000


class NewAccountIn(Schema):
    """The account of somebody who registers, or of the first admin."""

    username = CleanText(required=True, most=MAX_NAME_INPUT)
    email = CleanText(required=True, most=MAX_EMAIL_INPUT)
    password = Password(required=True)


class RegisterIn(NewAccountIn):
    """Registration; what the forum does not ask for stays empty."""

    invitation = CleanText(load_default="", most=MAX_LINE_INPUT)
    answer = CleanText(load_default="", most=MAX_LINE_INPUT)
    application = CleanText(load_default="", most=MAX_APPLICATION, most_in_form=2 * MAX_APPLICATION)
    accepts_terms = fields.Boolean(load_default=False)
    terms_version = WholeNumber(load_default=None, validate=validate.Range(0, MAX_ID))
    stamp = CleanText(load_default="", most=MAX_LINE_INPUT)
    proof = CleanText(load_default="", most=MAX_PROOF)
    subject_line = CleanText(load_default="", most=MAX_LINE_INPUT)


class InvitationIn(Schema):
    """An invitation, and the address that its link is mailed to; empty for none."""

    email = CleanText(
        load_default="",
        most=MAX_EMAIL_INPUT,
        metadata={"description": "An e-mail address; refused if the forum does not send e-mail."},
    )


class LoginIn(Schema):
    """A name or an e-mail address with its password."""

    username = CleanText(required=True, most=MAX_EMAIL_INPUT)
    password = Password(required=True)
    remember = fields.Boolean(load_default=False)
    keep = fields.Boolean(load_default=False, metadata={"description": "Open a closed account again."})


class CodeIn(Schema):
    """A code of an authenticator app, or a recovery code."""

    code = CleanText(required=True, most=MAX_LINE_INPUT)


class ResetRequestIn(Schema):
    """The name or e-mail address of an account whose password is to be reset."""

    username = CleanText(required=True, most=MAX_EMAIL_INPUT)


class NamedMemberIn(Schema):
    """The name of another member."""

    username = CleanText(load_default="", most=MAX_NAME_INPUT)


class NewPasswordIn(Schema):
    """A password chosen with a mailed link; `end_tokens` also revokes the API tokens."""

    new_password = Password(required=True)
    end_tokens = fields.Boolean(load_default=False)


class PasswordIn(NewPasswordIn):
    """A password change that requires the current password."""

    current_password = Password(required=True)


class ConfirmIn(Schema):
    """Confirmation by password."""

    password = Password(required=True)


class DeletionIn(ConfirmIn):
    """Closing one's own account, which is then erased."""

    deletes_posts = fields.Boolean(load_default=False)


class EmailIn(ConfirmIn):
    """A new e-mail address."""

    email = CleanText(required=True, most=MAX_EMAIL_INPUT)


class ProfileIn(Schema):
    """A member's public profile."""

    country = CleanText(load_default="", most=MAX_LINE_INPUT)
    location = CleanText(load_default="", most=MAX_LINE_INPUT)
    about = CleanText(load_default="", most=MAX_ABOUT_INPUT)
    is_hidden = fields.Boolean(load_default=False)


class TokenIn(Schema):
    """A new API token: its name, lifetime in days (0: no expiry) and scopes."""

    name = CleanText(required=True, most=MAX_LINE_INPUT)
    days = fields.Integer(load_default=90, validate=validate.Range(0, MAX_ID))
    read = fields.Boolean(load_default=False)
    write = fields.Boolean(load_default=False)
    moderate = fields.Boolean(load_default=False)
    admin = fields.Boolean(load_default=False)
