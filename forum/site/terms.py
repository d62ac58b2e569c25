"""Whether a member has to accept the terms of use before they write."""

from forum.infra.errors import Forbidden
from forum.models import Member
from forum.site.queries import snapshot


class TermsNotAccepted(Forbidden):
    """The member has to accept the terms of use first."""

    slug = "terms-not-accepted"


def must_accept_terms(member: Member | None) -> bool:
    """Whether a member has not accepted the current terms; admins, who change them, are not asked."""
    site = snapshot()
    if member is None or member.is_admin or not site.asks_to_accept_terms:
        return False
    return member.accepted_terms_version < site.terms_version
