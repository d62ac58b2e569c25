"""API schemas of members; they never contain an e-mail address, IP address or password hash."""

from marshmallow import Schema, fields, validate

from forum.schemas.listing import PageIn, PageOut
from forum.schemas.shapes import CleanText, Timestamp, url_field, count, flag, identifier, text

SORTS = ("messages", "score", "joined", "name")
SCOPES = ("read", "write", "moderate", "admin")


class MemberRefOut(Schema):
    """A reference to a member."""

    id = identifier()
    url = url_field()
    username = text()
    title = text("Their own title, or the step of the ladder they have reached.")
    avatar_url = url_field("A picture.")


class MemberCanOut(Schema):
    """What the caller may do with the member."""

    edit = flag("Change the profile: it is the caller's own.")


class MemberOut(MemberRefOut):
    """A member."""

    joined_at = Timestamp(required=True, allow_none=True, metadata={"description": "null when nobody knows."})
    message_count = count()
    reaction_score = fields.Integer(
        required=True, metadata={"description": "What positive reactions gave less what negative ones took."}
    )
    positive_reactions = count()
    negative_reactions = count()
    country = text()
    location = text()
    about = text("What they say of themselves, as plain text.")
    role = fields.String(required=True, validate=validate.OneOf(["member", "moderator", "admin"]))
    can = fields.Nested(MemberCanOut, required=True)


class MeOut(MemberOut):
    """The caller."""

    unread_alerts = count()
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SCOPES)),
        required=True,
        metadata={"description": "What this login or token is good for."},
    )


class MemberListOut(Schema):
    """A page of members."""

    items = fields.List(fields.Nested(MemberOut), required=True)
    page = fields.Nested(PageOut, required=True)


class MembersIn(PageIn):
    """Query parameters of the member list."""

    sort = CleanText(load_default=SORTS[0], validate=validate.OneOf(SORTS))
