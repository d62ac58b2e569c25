"""Who may administer, and the limits of what admins enter."""

from typing import Final

from forum import permissions
from forum.models import Member, Right

MAX_SITE_NAME, MAX_SITE_DESCRIPTION = 60, 300
MAX_SITE_TEXT = 50_000  # of the terms, the privacy notice, the help, and the contact page
MAX_EDIT_WINDOW_MINUTES = 525_600  # a year
MAX_FLOOD_SECONDS = 3600
MAX_HOLD_FIRST_POSTS, MAX_CAMPAIGN_MEMBERS, MAX_WORD_LIST = 1000, 50, 10_000
MAX_REPORT_WEIGHT, MAX_REMIND_HOURS = 100, 720
MAX_APPEAL_DAYS, MAX_NOTICE_HOURS = 3650, 2160
MAX_NOTIFICATION_DAYS, MAX_KINDS_OFF = 3650, 1000  # characters of the names of kinds
MAX_CONVERSATION_MEMBERS, MAX_CONVERSATIONS_PER_DAY = 100, 10_000  # the second also of members written to
MAX_MAIL_LIMIT = 1_000_000  # messages an hour or a day
MAX_ADDRESS_DAYS = 730  # days for which IP addresses can be kept
MAX_INVITATIONS_PER_MEMBER = 1000
MAX_QUESTION, MAX_ANSWERS, MAX_QUESTIONS = 200, 2000, 5000
MAX_DOMAIN_LIST = 20_000
MAX_REGISTRATIONS, MAX_CONFIRMATION_MAILS = 1000, 100_000  # from an address a day, and of all an hour
MAX_NEW_MEMBER_POSTS, MAX_NEW_MEMBER_DAYS, MAX_NEW_MEMBER_PARTS = 1000, 365, 100
MAX_BOARD_TITLE, MAX_BOARD_DESCRIPTION, MAX_BOARD_RULES = 100, 500, 10_000
MAX_BOARD_DEPTH = 8
MAX_TITLE_MESSAGES = 100_000_000  # messages that a member title may require
MAX_GROUP_DAYS, MAX_GROUP_SCORE = 36_500, 100_000_000  # that membership of a group may require
MAX_NOTICES, MAX_NOTICE_TEXT = 50, 5000
MAX_ROWS = 500  # boards, and rows of each other kind
MAX_WARNING_POINTS, MAX_WARNING_DAYS = 1000, 3650


class Operator:
    """The operator at the command line, who may do all that admins may."""


OPERATOR: Final = Operator()
Administrator = Member | Operator


def authorize(actor: Administrator, right: Right | None = None) -> Member | None:
    """Require an admin, a member with `right` if it is given, or the operator.

    Returns the member for the log, None for the operator.
    """
    if isinstance(actor, Operator):
        return None
    verdict = permissions.may_administer(actor) if right is None else permissions.may_use_right(actor, right)
    permissions.require(verdict)
    return actor
