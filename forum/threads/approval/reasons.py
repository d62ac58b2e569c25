"""Why a new thread or post waits for approval, and which words are refused; every rule is here.

Staff, others who may post without limits, and those who moderate the board never wait.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from forum import permissions
from forum.infra.errors import Invalid
from forum.infra.text.messages import Message, say
from forum.markup.plain_text import own_text
from forum.models import Board, BoardApproval, Member, Right
from forum.site.queries import snapshot
from forum.spam.actions import Judgement
from forum.spam.reasons import words_of
from forum.threads import rules
from forum.threads.approval.word_lists import first_listed

SPAM = "spam"  # the reason of the filter
MAX_STORED = 500  # characters of the reasons of a case
_LINK = re.compile(r'<a href="https?:')
_SENTENCES = {
    "group": say("The posts of this member’s groups wait for approval."),
    "thread-in-board": say("New threads in this board wait for approval."),
    "board": say("Everything new in this board waits for approval."),
    "first-posts": say("The first posts of each member wait for approval (setting: %(detail)s)."),
    "links": say("It has links, and its author is new."),
    "same-text": say("Other new members have written nearly the same text lately."),
    "same-link": say("Other new members have linked to %(detail)s lately, and nobody else has."),
    "sfs-email": say(
        "Its author’s e-mail address is on the list of StopForumSpam (reports, the last: %(detail)s). That is a strong"
        " sign."
    ),
    "sfs-ip": say(
        "Its author’s IP address is on the list of StopForumSpam (reports, the last: %(detail)s). That is a weak"
        " sign, as many people may share it."
    ),
    "captcha-missing": say("Its author registered without the CAPTCHA."),
    "captcha-away": say("Its author registered while the CAPTCHA could not be checked."),
    "akismet": say("Akismet finds that it is spam."),
    "akismet-waits": say("Akismet has not said yet whether it is spam."),
    "word": say("It contains “%(detail)s”, which is on the list of words that hold posts."),
}


def reasons_to_wait(
    actor: Member, board: Board, html: str, *, title: str = "", judgement: Judgement | None = None
) -> list[str]:
    """Why a post has to wait, with a title also its new thread: codes for `sentences`; none if it is public at once.

    `judgement` is that of the spam filter, if it was asked.
    """
    if is_trusted(actor, board.id):
        return []
    site = snapshot()
    found = []
    if not permissions.has_right(actor, Right.POST_WITHOUT_APPROVAL):
        found.append("group")
    if board.approval == BoardApproval.ALL or (title and board.approval == BoardApproval.THREADS):
        found.append("board" if board.approval == BoardApproval.ALL else "thread-in-board")
    if actor.message_count < site.hold_first_posts:
        found.append(f"first-posts:{site.hold_first_posts}")
    if site.hold_links and rules.is_new(actor.message_count) and _LINK.search(html):
        found.append("links")
    if judgement is not None and judgement.holds:
        found += [f"{SPAM}:{name}" for name in judgement.reasons or [""]]
    if site.held_words and (word := first_listed(site.held_words, f"{title}\n{own_text(html)}")):
        found.append(f"word:{word}")
    return found


def is_trusted(actor: Member, board_id: int) -> bool:
    """Whether nothing that an actor writes in a board waits or is refused for its words."""
    return permissions.may_see_hidden(actor, board_id) or permissions.has_right(actor, Right.POST_WITHOUT_LIMITS)


def check_words(actor: Member, board_id: int, html: str, *, title: str = "") -> None:
    """Raise Invalid for a text with a word that the operator refuses; quotes of others do not count."""
    listed = snapshot().refused_words
    if not listed or is_trusted(actor, board_id):
        return
    for field, text in (("title", title), ("body", own_text(html) if html else "")):
        if word := first_listed(listed, text):
            raise Invalid({field: [say("“%(word)s” cannot be used here. Write it without this word.", word=word)]})


def stored(reasons: Sequence[str]) -> str:
    """Reasons as a case keeps them."""
    return "\n".join(reasons)[:MAX_STORED]


def sentences(held_for: str) -> list[Message]:
    """The stored reasons of a case as sentences for moderators."""
    parts = [line.partition(":") for line in held_for.splitlines()]
    told = [_sentence(code, detail) for code, _, detail in parts if code in _SENTENCES]
    features = [words for code, _, name in parts if code == SPAM and (words := words_of(name))]
    if any(code == SPAM for code, _, _ in parts):
        told.append(say("The spam filter finds that it looks like spam."))
        told += [say("A sign of it: %(what)s.", what=words) for words in features]
    return told


def _sentence(code: str, detail: str) -> Message:
    return replace(_SENTENCES[code], values={"detail": detail} if detail else {})
