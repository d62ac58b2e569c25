"""The thread that the guest-cache tests request."""

import pytest

from tests.factories import a_board, a_member, a_post, a_thread
from tests.middleware.guests import Writing


@pytest.fixture
def path(writing: Writing) -> str:
    """A thread of two posts, by anna and ben, in one of two boards."""
    with writing():
        a_member("mona", role="moderator")
        a_board("Elsewhere")
        thread = a_thread(by=a_member("anna"), board=a_board("Talk"), title="Where the moon is", body="First words")
        a_post(thread=thread, by=a_member("ben"), body="Second words")
        return thread.path
