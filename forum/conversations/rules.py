"""Limits of conversations, as constants and pure functions."""

from forum.infra.errors import Invalid
from forum.infra.text.messages import one_line, say, visible_length

TITLE_MAX = 150
MAX_MEMBERS = 100  # who can be in a conversation at once, whatever the settings say
MAX_NAMES_INPUT = 4000  # characters of the names in a form
DAY_SECONDS = 86_400
MAX_SEARCHED_MESSAGES, MAX_HITS, MAX_WORDS = 10_000, 50, 8
SEARCHED_AT_ONCE = (0, 500, 2500, MAX_SEARCHED_MESSAGES)  # from the first to before the next, the newest first
LIST_PAGES = 250


def checked_title(title: str) -> str:
    """Validate and normalize a title. Raises Invalid at field `title`."""
    clean = one_line(title)
    if not visible_length(clean):
        raise Invalid({"title": [say("Give the conversation a title.")]})
    if len(clean) > TITLE_MAX:
        words = say("Titles can have at most %(most)d characters (you have %(num)d).", most=TITLE_MAX, num=len(clean))
        raise Invalid({"title": [words]})
    return clean


def names_in(text: str) -> list[str]:
    """The names in a field that separates them by commas or lines, each once."""
    parts = (one_line(part).removeprefix("@") for part in text.replace("\n", ",").replace(";", ",").split(","))
    return list(dict.fromkeys(part for part in parts if part))
