"""Mail, backups, jobs, health and statistics, as programs of admins see them."""

from marshmallow import Schema, fields, validate

from forum.admin.image_actions import MAX_UPLOAD_BYTES
from forum.admin.statistics.counting import KINDS
from forum.admin.statistics.periods import Period
from forum.health.checks import Level
from forum.schemas.listing import PageIn, PageOut
from forum.schemas.shapes import BoundedText, QueryBoolean, Timestamp, count, flag, identifier, text

MAX_BASE64 = 600_000  # characters; more than the largest file needs, so that too large ones are told their size


def _moment(description: str) -> Timestamp:
    return Timestamp(required=True, allow_none=True, metadata={"description": description})


class MailQueueIn(PageIn):
    """Which part of the queue."""

    given_up = QueryBoolean(load_default=False, metadata={"description": "Only messages that were given up."})


class QueuedMailOut(Schema):
    """A message that is not sent yet."""

    id = identifier()
    recipient = text("The first letter and the host of the address.")
    subject = text()
    created_at = Timestamp(required=True)
    try_after = _moment("When it is tried next; null: it was given up.")
    attempts = count()
    last_error = text("What the mail server said last.")


class MailQueueOut(Schema):
    """A page of the queue, the oldest message first, and whether the forum has a mail server."""

    is_set_up = flag("Whether FORUM_MAIL_URL is set; without it mail is kept in FORUM_DATA/outbox.")
    items = fields.List(fields.Nested(QueuedMailOut), required=True)
    page = fields.Nested(PageOut, required=True)


class MailTestOut(Schema):
    """What became of a test message."""

    is_sent = flag()
    words = text("What it means.")
    answer = text("What the mail server said.")


class CountOut(Schema):
    """How many it were."""

    count = count()


class BackupOut(Schema):
    """A backup on this machine."""

    name = text()
    byte_size = count()
    made_at = Timestamp(required=True)
    version = text("The forum's version that made it.")


class BackupScheduleOut(Schema):
    """When backups are made, and how many are kept."""

    backup_every = text("off, day or week.")
    backup_hour = count("The hour in UTC.")
    backup_keep = count("How many are kept.")


class BackupListOut(Schema):
    """All backups on this machine, newest first, and whether one is being made."""

    items = fields.List(fields.Nested(BackupOut), required=True)
    page = fields.Nested(PageOut, required=True)
    is_pending = flag("Whether one waits or is being made.")
    last_error = text("Why the last one failed; empty if it did not.")


class BackupRequestOut(Schema):
    """What became of the wish for a backup."""

    is_new = flag("Whether one was asked for; false if one waits or is being made already.")


class JobOut(Schema):
    """A recurring job."""

    name = text()
    label = text()
    what = text("What it does.")
    last_run_at = _moment("When it began last; null: never.")
    seconds = fields.Float(
        required=True, allow_none=True, metadata={"description": "How long the last run took that is finished."}
    )
    is_running = flag()
    is_requested = flag("Whether somebody has asked for a run that has not begun yet.")
    failed_at = _moment("When it failed last; null: never.")


class JobListOut(Schema):
    """All jobs."""

    items = fields.List(fields.Nested(JobOut), required=True)
    page = fields.Nested(PageOut, required=True)


class HealthIn(Schema):
    """Which checks."""

    all = QueryBoolean(
        load_default=False, metadata={"description": "All checks of `forum doctor`; takes up to eight seconds."}
    )


class CheckOut(Schema):
    """The result of a check."""

    name = text()
    level = fields.String(required=True, validate=validate.OneOf([level.value for level in Level]))
    words = text()
    detail = text()


class SizesOut(Schema):
    """Bytes."""

    database = count()
    ephemeral = count()
    free = count("On the disk of the data folder.")


class HealthOut(Schema):
    """Whether everything works."""

    checks = fields.List(fields.Nested(CheckOut), required=True)
    sizes = fields.Nested(SizesOut, required=True)
    database = text("SQLite or PostgreSQL.")
    version = text()
    python = text()
    node = text("The name of the machine that answers.")


class StatisticsOut(Schema):
    """Counts of a range of days."""

    per = fields.String(required=True, validate=validate.OneOf([each.value for each in Period]))
    starts = fields.List(fields.Date(), required=True, metadata={"description": "The first day of each period."})
    counts = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Integer(allow_none=True)),
        required=True,
        metadata={"description": f"By kind ({', '.join(KINDS)}), one number for each period; null: not counted yet."},
    )


class PictureIn(Schema):
    """A picture: PNG, JPEG, WebP or GIF."""

    content = BoundedText(
        required=True,
        least=1,
        most=MAX_BASE64,
        metadata={"format": "byte", "description": f"The file in base64, at most {MAX_UPLOAD_BYTES // 1000} kB."},
    )


class PictureOut(Schema):
    """A picture that is stored."""

    url = fields.String(required=True, metadata={"format": "uri"})
    width = count("Pixels on the page.")
    height = count("Pixels on the page.")
