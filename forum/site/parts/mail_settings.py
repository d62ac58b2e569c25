"""The settings of how much mail is sent."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """How many messages are sent; 0: any number. Mail about accounts is counted, but never waits."""

    mail_per_hour: int = 0
    mail_per_domain_hour: int = 500  # to the addresses of one domain
    mail_per_member_day: int = 100


MAIL_SETTINGS = tuple(each.name for each in fields(MailSettings))
