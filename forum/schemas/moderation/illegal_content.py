"""The form of a notice of illegal content."""

from marshmallow import Schema

from forum.models.moderation.illegal_notice import MAX_LAW, MAX_NOTICE_WORDS, MAX_NOTICED_ADDRESS, MAX_NOTIFIER
from forum.schemas.shapes import CleanText
from forum.schemas.writing import MAX_KEY_INPUT

MAX_ADDRESSES_INPUT = 10 * MAX_NOTICED_ADDRESS


class NoticeIn(Schema):
    """What is illegal, where it is, and who says so."""

    addresses = CleanText(load_default="", most=MAX_ADDRESSES_INPUT, most_in_form=2 * MAX_ADDRESSES_INPUT)
    words = CleanText(load_default="", most=MAX_NOTICE_WORDS, most_in_form=2 * MAX_NOTICE_WORDS)
    law = CleanText(load_default="", most=MAX_LAW)
    name = CleanText(load_default="", most=MAX_NOTIFIER)
    email = CleanText(load_default="", most=254)
    is_about_abuse = CleanText(load_default="", most=MAX_KEY_INPUT)
    in_good_faith = CleanText(load_default="", most=MAX_KEY_INPUT)
    answer = CleanText(load_default="", most=MAX_KEY_INPUT)
