"""The settings of who registers, and of new members."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class NewcomerSettings:
    """The part of the site's settings about registration and new members; all are used as stored."""

    more_registration_questions: str = ""
    proof_of_work: str = "normal"
    disposable_mail: str = "hold"
    disposable_domains: str = ""
    trusted_mail_domains: str = ""
    registrations_per_address: int = 3  # a day
    confirmation_mails_per_hour: int = 300
    new_member_posts: int = 5
    new_member_days: int = 0
    new_member_links: int = 3  # in a post, as the next two
    new_member_pictures: int = 2
    new_member_mentions: int = 5


NEWCOMER_SETTINGS = tuple(field.name for field in fields(NewcomerSettings))
