"""A member is mentioned by any form of their name that nobody else could register."""

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Member, Notification, Post
from tests.factories import a_member, a_post, a_thread


def told_of(post: Post) -> list[str]:
    """The names of those who are notified of a mention in a post."""
    to = select(Member.username).join(Notification, Notification.member_id == Member.id)
    return sorted(session.scalars(to.where(Notification.post_id == post.id, Notification.kind == "mention")))


@pytest.mark.parametrize("typed", ["İbrahim", "ibrahim", "İBRAHİM", "IBRAHIM", "ıbrahim", "1brahim", '"ibra him"'])
def test_every_form_of_a_name_is_a_mention(app_in_context: Flask, typed: str) -> None:
    member = a_member("İbrahim")
    post = a_post(thread=a_thread(), body=f"Thanks @{typed}, that helped.")
    assert told_of(post) == ["İbrahim"]
    assert f'href="{member.path}"' in post.html
    assert f">@{typed.strip(chr(34))}</a>" in post.html


def test_a_merely_similar_name_mentions_nobody(app_in_context: Flask) -> None:
    a_member("İbrahim")
    post = a_post(thread=a_thread(), body="Thanks @ibrahima and @brahim.")
    assert told_of(post) == []
