"""The schedule of backups."""

from marshmallow import Schema, validate

from forum.backups.schedule import MAX_KEPT, Every
from forum.schemas.shapes import Between, CleanText, WholeNumber


class BackupScheduleIn(Schema):
    """When backups are made, and how many are kept."""

    backup_every = CleanText(required=True, most=10, validate=validate.OneOf([every.value for every in Every]))
    backup_hour = WholeNumber(required=True, validate=Between(0, 23))
    backup_keep = WholeNumber(required=True, validate=Between(1, MAX_KEPT))
