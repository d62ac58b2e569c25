"""Limits of threads and posts, as constants and pure functions."""

import math
import re
from dataclasses import replace
from datetime import datetime, timedelta

from forum.infra.errors import Invalid, MessageText, TooSoon
from forum.infra.text.messages import Message, body_text, one_line, say, say_many, visible_length, visible_width
from forum.markup.plain_text import has_visible_content
from forum.site.parts.newcomer_settings import NewcomerSettings

TITLE_MIN, TITLE_MAX = 4, 150  # minimum in columns (a Chinese character counts as two), maximum in characters
BODY_MAX = 50_000
REASON_MAX = 200
MAX_SLOW_MINUTES = 24 * 60
MAX_REDIRECT_DAYS = 3650
MAX_MEMBER_FLOOD_SECONDS = 5  # maximum wait between two posts of a member who is not new
CLOCK_SKEW = timedelta(seconds=5)  # tolerated clock difference between nodes
REPEAT_WINDOW = timedelta(minutes=5)
THREADS_A_DAY = 20
_TOO_MANY_LINKS = say("New members can put at most %(num)d links in a post.")
_TOO_MANY_MENTIONS = say("New members can mention at most %(num)d members in a post.")
_TOO_MANY_PICTURES = say("New members can put at most %(num)d pictures in a post.")


def checked_title(title: str) -> str:
    """Validate and normalize a title. Raises Invalid at field `title`."""
    clean = one_line(title)
    if visible_width(clean.replace(" ", "x")) < TITLE_MIN or len(clean) > TITLE_MAX:
        raise Invalid({"title": [_title_words(clean)]})
    return clean


def _title_words(clean: str) -> MessageText:
    if not visible_length(clean):
        return say("Give the thread a title.")
    return say(
        "Titles need %(least)d–%(most)d characters (you have %(num)d).",
        least=TITLE_MIN,
        most=TITLE_MAX,
        num=len(clean) if len(clean) > TITLE_MAX else visible_width(clean.replace(" ", "x")),
    )


def checked_body(body: str) -> str:
    """Validate and normalize a post's source. Raises Invalid at field `body`."""
    clean = body_text(body)
    if not visible_length(clean):
        raise Invalid({"body": [say("Write something first.")]})
    if len(clean) > BODY_MAX:
        words = say("Posts can have at most %(most)d characters (you have %(num)d).", most=BODY_MAX, num=len(clean))
        raise Invalid({"body": [words]})
    return clean


def check_visible(html: str) -> None:
    """Raise Invalid for a post that renders to nothing visible, such as `#` or a link definition."""
    if not has_visible_content(html):
        raise Invalid({"body": [say("This post would be empty. Write some text.")]})


def flood_seconds(of_new_members: int, *, is_new: bool) -> int:
    """The wait between two posts of a member, derived from the operator's setting for new members."""
    return of_new_members if is_new else min(of_new_members, MAX_MEMBER_FLOOD_SECONDS)


def check_flood(last_at: datetime | None, now: datetime, *, seconds: int) -> None:
    """Raise TooSoon for a post too soon after the last; a last post in the future (clock set back) is ignored."""
    if last_at is None or last_at > now + CLOCK_SKEW:
        return
    wait = (last_at + timedelta(seconds=seconds) - now).total_seconds()
    if wait > 0:
        left = int(wait) + 1
        raise TooSoon(_wait_before_posting(left), retry_after=left)


def _wait_before_posting(seconds: int) -> Message:
    if seconds <= 120:
        return say_many(
            "Wait %(num)d second before you post again.", "Wait %(num)d seconds before you post again.", seconds
        )
    minutes = math.ceil(seconds / 60)
    return say_many(
        "Wait %(num)d minute before you post again.", "Wait %(num)d minutes before you post again.", minutes
    )


def check_new_member(html: str, mentions: int, *, limits: NewcomerSettings) -> None:
    """Raise Invalid if a new member's post has too many links, mentions or pictures, as spam does."""
    counts = (
        (len(re.findall(r'<a href="https?:', html)), limits.new_member_links, _TOO_MANY_LINKS),
        (mentions, limits.new_member_mentions, _TOO_MANY_MENTIONS),
        (html.count("<img "), limits.new_member_pictures, _TOO_MANY_PICTURES),
    )
    over: list[MessageText] = [replace(words, values={"num": most}) for count, most, words in counts if count > most]
    if over:
        raise Invalid({"body": over})
