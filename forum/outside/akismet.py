"""Akismet: ask whether a post is spam, and correct its answers. The protocol alone, no database."""

from collections.abc import Mapping

from forum.outside.http_calls import Unavailable, post_form

URL = "https://rest.akismet.com/1.1/"
SECONDS = 3.0
THANKS = "Thanks for making the web a better place."


def is_spam(fields: Mapping[str, str], *, key: str) -> bool:
    """Whether Akismet finds that a post is spam. Raises Unavailable."""
    answer = post_form(f"{URL}comment-check", {**fields, "api_key": key}, seconds=SECONDS)
    said = answer.body.strip()
    if said not in {"true", "false"}:
        raise Unavailable(answer.headers.get("x-akismet-debug-help", said)[:150] or "an empty answer")
    return said == "true"


def correct(fields: Mapping[str, str], *, key: str, is_spam: bool) -> None:
    """Tell Akismet that its answer to these fields was wrong. Raises Unavailable."""
    answer = post_form(f"{URL}submit-{'spam' if is_spam else 'ham'}", {**fields, "api_key": key}, seconds=SECONDS)
    if answer.body.strip() != THANKS:
        raise Unavailable(answer.body.strip()[:150] or "an empty answer")
