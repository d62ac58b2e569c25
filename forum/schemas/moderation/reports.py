"""What members report and moderators decide, by form or as JSON."""

from marshmallow import Schema, fields, validate

from forum.models import ReportKind
from forum.models.moderation.report import DISMISSED, MAX_ANSWER, MAX_NOTE, MAX_REPORT_WORDS, UPHELD
from forum.models.moderation.staff_note import MAX_STAFF_NOTE
from forum.schemas.listing import PageIn, PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.post import PostRefOut
from forum.schemas.shapes import (
    MAX_ID,
    CleanText,
    OptionalNumber,
    Timestamp,
    WholeNumber,
    count,
    flag,
    identifier,
    text,
)
from forum.schemas.writing import MAX_KEY_INPUT, MAX_LINE_INPUT

STATES = ("open", UPHELD, DISMISSED)
LISTS = ("open", "mine", "decided")
KINDS = tuple(kind.value for kind in ReportKind)
_WHO = {"description": "Name of the moderator who works on it; empty for nobody."}


class ReportIn(Schema):
    """The form of a report."""

    kind = CleanText(load_default="", most=MAX_KEY_INPUT)
    words = CleanText(load_default="", most=MAX_REPORT_WORDS, most_in_form=2 * MAX_REPORT_WORDS)


class AssignIn(Schema):
    """Who works on a case, and who did when the form was filled in."""

    assignee = CleanText(load_default="", most=MAX_KEY_INPUT)
    seen = OptionalNumber(load_default=None, allow_none=True, validate=validate.Range(0, MAX_ID))


class NoteIn(Schema):
    """A note for other moderators."""

    note = CleanText(load_default="", most=MAX_NOTE, most_in_form=2 * MAX_NOTE)


class DecisionIn(Schema):
    """The decision about a case."""

    decision = CleanText(load_default="", most=MAX_KEY_INPUT)
    answer = CleanText(load_default="", most=MAX_ANSWER, most_in_form=2 * MAX_ANSWER)
    deletes = CleanText(load_default="", most=MAX_KEY_INPUT)
    reason = CleanText(load_default="", most=MAX_LINE_INPUT)


class NewReportIn(Schema):
    """A report of a post, of a message in a conversation, or of a member: one of the three ids."""

    post_id = WholeNumber(load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))
    message_id = WholeNumber(load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))
    member_id = WholeNumber(load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))
    kind = CleanText(load_default=ReportKind.OTHER.value, most=20, validate=validate.OneOf(KINDS))
    reason = CleanText(
        load_default="",
        most=MAX_REPORT_WORDS,
        metadata={"description": "What is wrong, in words; required for the kind other."},
    )


class CaseChangeIn(Schema):
    """What a moderator does with a case; what is left out stays as it is."""

    state = CleanText(load_default=None, most=20, validate=validate.OneOf(STATES))
    answer = CleanText(
        load_default="", most=MAX_ANSWER, metadata={"description": "To those who reported, with a decision."}
    )
    prepared_answer = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The id of a prepared reason for answers, whose text comes before `answer`."},
    )
    assignee = CleanText(load_default=None, most=MAX_KEY_INPUT, metadata=_WHO)
    note = CleanText(load_default=None, most=MAX_NOTE, metadata={"description": "A note for other moderators."})


class CasesIn(PageIn):
    """Query parameters of the list of cases."""

    show = CleanText(load_default=LISTS[0], most=20, validate=validate.OneOf(LISTS))


class MadeReportOut(Schema):
    """The caller's own report."""

    id = identifier()
    post_id = fields.Integer(required=True, allow_none=True)
    message_id = fields.Integer(required=True, allow_none=True)
    member_id = fields.Integer(required=True, allow_none=True, metadata={"description": "Of a reported member."})
    kind = text("One of: " + ", ".join(KINDS) + ".")
    reason = text()
    created_at = Timestamp(required=True)


class ReportOut(Schema):
    """A report in a case, with how often its member was right before."""

    member = fields.Nested(MemberRefOut, required=True)
    kind = text("One of: " + ", ".join(KINDS) + ".")
    reason = text()
    created_at = Timestamp(required=True)
    right = count("How many reports of the member were right.")
    decided = count("How many were decided.")


class IllegalNoticeOut(Schema):
    """A notice of illegal content in a case."""

    reference = text("Its number, which who sent it knows.")
    name = text("Of who sent it; empty if not given, or forgotten since.")
    law = text("By which law it is illegal, as they say.")
    words = text("Why.")
    created_at = Timestamp(required=True)
    due_at = Timestamp(required=True, allow_none=True)


class NoteOut(Schema):
    """A note among moderators."""

    member = fields.Nested(MemberRefOut, required=True)
    created_at = Timestamp(required=True)
    note = text()


class CaseRowOut(Schema):
    """A case as the list shows it."""

    id = identifier()
    url = text("URL of its page.")
    state = text("open, upheld or dismissed.")
    post = fields.Nested(PostRefOut, required=True, allow_none=True)
    message_id = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Of a message in a conversation; it is read on the case's page, which is logged."},
    )
    member = fields.Nested(MemberRefOut, required=True, metadata={"description": "Whom it is about."})
    opened_at = Timestamp(required=True)
    decided_at = Timestamp(required=True, allow_none=True)
    assignee = fields.Nested(MemberRefOut, required=True, allow_none=True)
    decided_by = fields.Nested(MemberRefOut, required=True, allow_none=True)
    has_hidden = flag("Whether the reports hid the post until somebody looks.")
    due_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "By when to decide, if there is a notice of illegal content."},
    )


class CaseOut(CaseRowOut):
    """A case with its reports and notes."""

    answer = text("To those who reported.")
    reports = fields.List(fields.Nested(ReportOut), required=True)
    notices = fields.List(fields.Nested(IllegalNoticeOut), required=True)
    notes = fields.List(fields.Nested(NoteOut), required=True)


class CaseListOut(Schema):
    """A page of cases."""

    items = fields.List(fields.Nested(CaseRowOut), required=True)
    page = fields.Nested(PageOut, required=True)


# --- notes on members ---------------------------------------------------------------------------


class StaffNoteIn(Schema):
    """A note on a member."""

    note = CleanText(
        load_default="",
        most=MAX_STAFF_NOTE,
        metadata={"description": "For other moderators, in plain text; the member never sees it. Required."},
    )


class StaffNoteOut(Schema):
    """A note on a member."""

    id = identifier()
    text = text("Plain text.")
    author = fields.Nested(MemberRefOut, required=True)
    created_at = Timestamp(required=True)
    edited_at = Timestamp(required=True, allow_none=True)
    may_change = flag("Whether the caller may change it: who wrote it.")
    may_delete = flag("Whether the caller may delete it: who wrote it, and admins.")


class StaffNoteListOut(Schema):
    """Notes on a member, newest first."""

    items = fields.List(fields.Nested(StaffNoteOut), required=True)
