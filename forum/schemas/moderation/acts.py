"""Acts of moderators on a thread, and on many threads or posts."""

from datetime import UTC

from marshmallow import Schema, fields, validate

from forum.moderation.bulk import MAX_AT_ONCE, PERFORM
from forum.schemas.member import BoundedMoment, is_storable
from forum.schemas.moderation.reasons import PreparedIn
from forum.schemas.moderation.threads import redirect_field, wider_field
from forum.schemas.shapes import MAX_ID, Between, CleanText, OptionalNumber, WholeNumber, flag, identifier
from forum.schemas.writing import MAX_LINE_INPUT, ReasonIn
from forum.threads.rules import MAX_SLOW_MINUTES, TITLE_MAX, TITLE_MIN

STATES = ("done", "refused", "waiting")


def _moment(description: str) -> BoundedMoment:
    told = {"description": description, "minLength": 1}
    return BoundedMoment(allow_none=True, default_timezone=UTC, validate=is_storable, metadata=told)


class ThreadChangeIn(PreparedIn):
    """What is to be changed of a thread; what is not sent stays."""

    title = CleanText(
        most=TITLE_MAX,
        metadata={
            "description": "Like that of a new thread; also its author may change it.",
            "minLength": TITLE_MIN // 2,
        },
    )
    reason = CleanText(
        most=MAX_LINE_INPUT,
        metadata={
            "description": "Why a moderator renames what somebody else started, for that member; cut to 200 characters."
        },
    )
    board_id = WholeNumber(
        validate=validate.Range(1, MAX_ID), metadata={"description": "The board to which it is moved."}
    )
    redirect_days = redirect_field()
    wider = wider_field()
    is_pinned = fields.Boolean()
    is_pinned_everywhere = fields.Boolean(
        metadata={"description": "Pinned also on top of the lists of all other boards, and of What's new."}
    )
    pinned_until = _moment("When it is unpinned; null for never.")
    is_locked = fields.Boolean()
    locks_at = _moment("When it is locked; null for not at all, or at once.")
    locked_until = _moment("When it is unlocked; null for never.")
    lock_reason = CleanText(
        most=MAX_LINE_INPUT,
        metadata={"description": "Shown in the thread while it is locked; truncated to 200 characters."},
    )
    slow_minutes = WholeNumber(
        validate=validate.Range(0, MAX_SLOW_MINUTES),
        metadata={"description": "Slow mode: minutes between two posts of a member; 0 ends it."},
    )


class SlowModeIn(Schema):
    """Minutes between two posts of a member."""

    minutes = WholeNumber(required=True, validate=Between(0, MAX_SLOW_MINUTES))


class BulkFormIn(ReasonIn):
    """Why, and for moving the board."""

    board = OptionalNumber(load_default=None, validate=validate.Range(1, MAX_ID))
    redirect_days = redirect_field()


class BulkActIn(ReasonIn, PreparedIn):
    """An act on threads, or on posts if its name ends so."""

    act = CleanText(required=True, validate=validate.OneOf([*PERFORM]))
    ids = fields.List(
        WholeNumber(validate=validate.Range(1, MAX_ID)),
        required=True,
        validate=validate.Length(1, MAX_AT_ONCE),
        metadata={"description": "The ids of the threads or posts."},
    )
    board_id = WholeNumber(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "For `move`: the board to which the threads are moved."},
    )
    redirect_days = redirect_field()
    wider = wider_field()


class BulkResultOut(Schema):
    """How it went with one of them."""

    id = identifier()
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    detail = fields.String(required=True, metadata={"description": "Why it was refused."})


class BulkActOut(Schema):
    """An act on many. A job does what is waiting within seconds."""

    id = identifier()
    act = fields.String(required=True, metadata={"description": "`undo` undoes the parts of another act."})
    is_finished = flag()
    results = fields.List(
        fields.Nested(BulkResultOut),
        required=True,
        metadata={"description": "By thread or post; of `undo` by entry of the log."},
    )
