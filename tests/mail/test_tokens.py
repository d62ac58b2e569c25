"""Signed words in links and addresses of mail."""

import pytest

from forum.infra.database.db import transaction
from forum.infra.errors import NotFound
from forum.mail.tokens import BOUNCE, REPLY, UNSUBSCRIBE, Signed, read_token, token_for
from tests.factories import a_member

pytestmark = pytest.mark.usefixtures("app_in_context")


def test_a_token_says_for_whom_and_what_it_was_made() -> None:
    with transaction():
        member = a_member()
        token = token_for(member.id, UNSUBSCRIBE, "watched_thread")
    assert read_token(token, UNSUBSCRIBE) == Signed(member.id, "watched_thread")
    assert read_token(token.upper(), UNSUBSCRIBE).member_id == member.id, "mail servers may change the case"
    with transaction():
        assert token_for(member.id, UNSUBSCRIBE, "watched_thread") == token, "the key is made once"


def test_a_token_of_another_purpose_member_or_scope_is_refused() -> None:
    with transaction():
        member, other = a_member(), a_member()
        token = token_for(member.id, REPLY, "7")
        token_for(other.id, REPLY, "7")
    for_other = token.replace(f"{member.id}-", f"{other.id}-", 1)
    for wrong in (for_other, token.replace("-7-", "-8-"), token[:-1], f"{token}a", "", "1-2-3", "99999-7-" + "a" * 20):
        with pytest.raises(NotFound):
            read_token(wrong, REPLY)
    with pytest.raises(NotFound):
        read_token(token, BOUNCE)
