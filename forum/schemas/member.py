"""API schemas of members; they never contain an e-mail address, IP address or password hash."""

from marshmallow import Schema, fields, validate

from forum.schemas.listing import PageIn, PageOut
from forum.schemas.shapes import CleanText, Timestamp, count, flag, identifier, text, url_field

SORTS = ("messages", "score", "joined", "name")
SCOPES = ("read", "write", "moderate", "admin")


class MemberRefOut(Schema):
    """A reference to a member."""

    id = identifier()
    url = url_field()
    username = text()
    title = text("The member's own title, or the one for their message count.")
    avatar_url = url_field("A picture.")


class MemberCanOut(Schema):
    """What the caller may do with the member."""

    edit = flag("Edit the profile, which is the caller's own.")


class MemberOut(MemberRefOut):
    """A member."""

    joined_at = Timestamp(required=True, allow_none=True, metadata={"description": "null if unknown."})
    message_count = count()
    reaction_score = fields.Integer(required=True, metadata={"description": "Positive minus negative reactions."})
    positive_reactions = count()
    negative_reactions = count()
    country = text()
    location = text()
    about = text("The member's description of themselves, as plain text.")
    role = fields.String(required=True, validate=validate.OneOf(["member", "moderator", "admin"]))
    can = fields.Nested(MemberCanOut, required=True)


class MeOut(MemberOut):
    """The caller."""

    unread_alerts = count()
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SCOPES)),
        required=True,
        metadata={"description": "Scopes of this login or token."},
    )


class MemberListOut(Schema):
    """A page of members."""

    items = fields.List(fields.Nested(MemberOut), required=True)
    page = fields.Nested(PageOut, required=True)


class MembersIn(PageIn):
    """Query parameters of the member list."""

    sort = CleanText(load_default=SORTS[0], validate=validate.OneOf(SORTS))
