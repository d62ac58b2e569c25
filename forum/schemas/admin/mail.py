"""Mail, as admins test it."""

from marshmallow import Schema

from forum.infra.text.mail_addresses import MAX_ADDRESS
from forum.schemas.shapes import CleanText


class MailTestIn(Schema):
    """The recipient of a test message."""

    address = CleanText(required=True, least=3, most=MAX_ADDRESS)
