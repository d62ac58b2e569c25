"""API schemas of members and their groups; they never contain an e-mail address, IP address or password hash."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from forum.infra.text.messages import say
from forum.models import InvitationState, Right
from forum.schemas.listing import PageIn, PageOut
from forum.schemas.shapes import BoundedText, CleanText, Timestamp, count, flag, identifier, text, url_field

SORTS = ("messages", "score", "joined", "name")
SCOPES = ("read", "write", "moderate", "admin")
LATEST = datetime(9999, 1, 1, tzinfo=UTC)  # moments from here on cannot be converted between time zones


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
    ignore = flag("Ignore the member; nobody can ignore themselves or staff.")
    follow = flag("Follow the member, whom the caller does not ignore.")


class BannerOut(Schema):
    """The banner of a group, shown beside the names of its members."""

    colour = text("As #rrggbb; empty for the forum's accent colour.")
    text = text()


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
    banner = fields.Nested(
        BannerOut,
        required=True,
        allow_none=True,
        metadata={"description": "That of the first of the member's groups that has one; null without."},
    )
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


class RelatedMemberOut(Schema):
    """A member whom the caller ignores or follows."""

    member = fields.Nested(MemberRefOut, required=True)
    created_at = Timestamp(required=True, metadata={"description": "Since when."})


class RelatedMemberListOut(Schema):
    """A page of those whom the caller ignores or follows, in the order of their names."""

    items = fields.List(fields.Nested(RelatedMemberOut), required=True)
    page = fields.Nested(PageOut, required=True)


class InvitationOut(Schema):
    """An invitation of the caller."""

    id = identifier()
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in InvitationState]))
    url = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "format": "uri",
            "description": "The link with which one person can register; null once it does not work any more, and if "
            "it was mailed.",
        },
    )
    created_at = Timestamp(required=True)
    expires_at = Timestamp(required=True)
    used_at = Timestamp(required=True, allow_none=True)
    used_by = fields.Nested(MemberRefOut, required=True, allow_none=True)


class InvitationListOut(Schema):
    """A page of the caller's invitations, newest first."""

    items = fields.List(fields.Nested(InvitationOut), required=True)
    page = fields.Nested(PageOut, required=True)


class MembersIn(PageIn):
    """Query parameters of the member list."""

    sort = CleanText(load_default=SORTS[0], validate=validate.OneOf(SORTS))


def _condition(counted: str) -> fields.Integer:
    words = f"Who has at least so many {counted} is in the group, with the other conditions; null: no condition."
    return fields.Integer(required=True, allow_none=True, metadata={"description": words})


class GroupRefOut(Schema):
    """A reference to a group."""

    id = identifier()
    title = text()


class GroupOut(GroupRefOut):
    """A group of members."""

    description = text()
    is_built_in = flag("Whether its members follow from their roles; it cannot be deleted.")
    banner_text = text("Shown beside its members' names; empty for none.")
    banner_colour = text("As #rrggbb; empty for the forum's accent colour.")
    takes_requests = flag("Whether members may ask to join.")
    edit_minutes = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "For how long its members may edit their posts, if longer than the setting."},
    )
    min_messages = _condition("messages")
    min_days = _condition("days since joining")
    min_score = _condition("points of reactions")


class GroupRightsOut(Schema):
    """The rights of a group; a member has those of all their groups."""

    rights = fields.List(fields.String(validate=validate.OneOf([right.value for right in Right])), required=True)


class GroupListOut(Schema):
    """All groups."""

    items = fields.List(fields.Nested(GroupOut), required=True)
    page = fields.Nested(PageOut, required=True)


class OwnGroupOut(GroupRefOut):
    """A group that takes requests, and what has become of the caller's."""

    description = text()
    state = fields.String(
        required=True,
        validate=validate.OneOf(("open", "waiting", "refused", "joined")),
        metadata={"description": "What has become of the caller's request, if there is one."},
    )
    answer = text("The answer to a request that was refused.")


class OwnGroupListOut(Schema):
    """The groups that take requests."""

    items = fields.List(fields.Nested(OwnGroupOut), required=True)
    page = fields.Nested(PageOut, required=True)


class GroupRequestOut(Schema):
    """A request to join a group that waits for an answer."""

    member = fields.Nested(MemberRefOut, required=True)
    reason = text()
    created_at = Timestamp(required=True)


class GroupRequestListOut(Schema):
    """The oldest requests to join a group that wait."""

    items = fields.List(fields.Nested(GroupRequestOut), required=True)
    page = fields.Nested(PageOut, required=True)


class MembershipOut(Schema):
    """A member of a group."""

    member = fields.Nested(MemberRefOut, required=True)
    created_at = Timestamp(required=True)
    until = Timestamp(
        required=True, allow_none=True, metadata={"description": "When the membership ends or has ended; null: never."}
    )


class MembershipListOut(Schema):
    """A page of a group's members by name, also of those whose membership is over."""

    items = fields.List(fields.Nested(MembershipOut), required=True)
    page = fields.Nested(PageOut, required=True)


def is_storable(moment: datetime) -> None:
    """Raise ValidationError for a moment from LATEST on."""
    if moment >= LATEST:
        raise ValidationError([say("Choose an earlier day.")])


class BoundedMoment(fields.AwareDateTime):
    """A timestamp with an offset, of limited length."""

    most = 40  # characters

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        text = BoundedText(most=self.most).deserialize(value)
        return super()._deserialize(text, attr, data, **kwargs)


class MembershipIn(Schema):
    """How long a member is in a group."""

    until = BoundedMoment(
        load_default=None,
        allow_none=True,
        default_timezone=UTC,
        validate=is_storable,
        metadata={"description": "When the membership ends; null for never."},
    )


class InviterOut(Schema):
    """Somebody who has invited, with the numbers of their invitations."""

    inviter = fields.Nested(
        MemberRefOut, required=True, allow_none=True, metadata={"description": "Null for the operator."}
    )
    joined = count()
    banned = count("Of those who joined.")
    open = count("Invitations that can still be used.")


class InviterListOut(Schema):
    """A page of those who created the newest invitations."""

    items = fields.List(fields.Nested(InviterOut), required=True)
    page = fields.Nested(PageOut, required=True)
