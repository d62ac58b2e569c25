"""Headers of mail are folded so that other programs read them rightly."""

import re
from dataclasses import replace
from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from forum.digests import queueing
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.models import Mail, WatchLevel
from forum.watching.actions import choose_for_thread
from tests.factories import a_post, a_thread
from tests.mail.sink import Sink, a_reader, a_writer, send


def test_headers_keep_to_the_standards_whatever_the_title_and_the_forums_address(
    app_in_context: Flask, sink: Sink
) -> None:
    known = app_in_context.extensions["forum.settings"]
    home = "https://discussions.harbour-association.example.org/the/forum"
    app_in_context.extensions["forum.settings"] = replace(known, base_url=home)
    title = "Where do we meet at the weekend: " + "港の灯台へ行く道を教えてください" * 4
    for level in (WatchLevel.MAIL, WatchLevel.DAILY):
        thread = a_thread(title=title, by=a_writer())
        choose_for_thread(a_reader(), thread, level)
        a_post(thread=thread, by=a_writer())
    session.commit()
    for days in (0, 2):
        with clock.frozen_at(clock.now() + timedelta(days=days)):
            queueing.queue_due()
    start_writing()
    session.execute(update(Mail).values(try_after=clock.now()))
    assert send() == 2
    for _, raw in sink.raw:
        head = raw.partition(b"\r\n\r\n")[0]
        words = re.findall(rb"=\?utf-8\?[bq]\?[^?]*\?=", head)
        assert words
        assert max(map(len, words)) <= 75, "RFC 2047"
        assert re.search(rb"\nList-Unsubscribe: <%s/unsubscribe/[a-z0-9._-]+>" % home.encode(), head)
    assert all(title in str(message["Subject"]) for _, message in sink.taken())
