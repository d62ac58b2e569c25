"""Notices."""

from datetime import UTC
from typing import Any

from marshmallow import Schema, fields, validate

from forum.admin import rules
from forum.models import Notice, NoticeAudience, NoticePlace, NoticeStyle
from forum.schemas.admin.shapes import column_text
from forum.schemas.listing import PageOut
from forum.schemas.member import BoundedMoment, is_storable
from forum.schemas.sanction import LocalMoment
from forum.schemas.shapes import MAX_ID, CleanText, Timestamp, WholeNumber, flag, identifier, text


def _ids(what: str) -> fields.List[Any]:
    return fields.List(
        WholeNumber(validate=validate.Range(1, MAX_ID)),
        validate=validate.Length(max=rules.MAX_ROWS),
        metadata={"description": what},
    )


class NoticeTextIn(Schema):
    """What a notice says, how it looks, to whom it is shown, and where."""

    title = column_text(Notice.title)
    body = CleanText(least=1, most=rules.MAX_NOTICE_TEXT, most_in_form=2 * rules.MAX_NOTICE_TEXT)
    style = CleanText(most=20, validate=validate.OneOf([style.value for style in NoticeStyle]))
    audience = CleanText(most=20, validate=validate.OneOf([audience.value for audience in NoticeAudience]))
    place = CleanText(most=20, validate=validate.OneOf([place.value for place in NoticePlace]))
    includes_children = fields.Boolean(metadata={"description": "With boards: whether also in the boards inside them."})
    is_dismissible = fields.Boolean()
    is_on = fields.Boolean()
    show_again = fields.Boolean(
        metadata={"description": "true: those who have closed the notice see it again, as it is now."}
    )


class NoticeFormIn(NoticeTextIn):
    """The form of a notice; its groups and boards are boxes to tick."""

    starts_at = LocalMoment(allow_none=True)
    ends_at = LocalMoment(allow_none=True)


class NoticeIn(NoticeTextIn):
    """A notice."""

    group_ids = _ids("If it is for groups: their ids.")
    board_ids = _ids("If it is in boards: their ids.")
    starts_at = BoundedMoment(
        allow_none=True, default_timezone=UTC, validate=is_storable, metadata={"description": "null: at once."}
    )
    ends_at = BoundedMoment(
        allow_none=True, default_timezone=UTC, validate=is_storable, metadata={"description": "null: never."}
    )


class NewNoticeIn(NoticeIn):
    """A new notice: without the rest, for everybody, everywhere, at once."""

    body = CleanText(required=True, least=1, most=rules.MAX_NOTICE_TEXT)


class NoticeOut(Schema):
    """A notice."""

    id = identifier()
    title = text()
    body = text("Markdown.")
    html = text("The body as HTML.")
    style = text()
    audience = text()
    group_ids = fields.List(fields.Integer(), required=True)
    place = text()
    board_ids = fields.List(fields.Integer(), required=True)
    includes_children = flag("With boards: whether also in the boards inside them.")
    starts_at = Timestamp(required=True, allow_none=True)
    ends_at = Timestamp(required=True, allow_none=True)
    is_dismissible = flag("Whether visitors can close it.")
    is_on = flag("Whether it is shown at all.")


class NoticeListOut(Schema):
    """All notices, in their order."""

    items = fields.List(fields.Nested(NoticeOut), required=True)
    page = fields.Nested(PageOut, required=True)
