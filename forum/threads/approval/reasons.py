"""Why a new thread or post waits for approval, and which words are refused; every rule is here.

Staff, others who may post without limits, and those who moderate the board never wait.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from forum import permissions
from forum.infra.errors import Invalid
from forum.infra.text.messages import Message, say
from forum.markup.plain_text import own_text
from forum.models import Board, BoardApproval, Member, Right
from forum.site.queries import snapshot
from forum.spam import actions as spam
from forum.spam import blocked_links
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
    "blocked-link": say("It links to %(detail)s, which is blocked."),
    "word": say("It contains “%(detail)s”, which is on the list of words that hold posts."),
}


def reasons_to_wait(actor: Member, board: Board, html: str, *, title: str = "") -> list[str]:
    """Why a post has to wait, with a title also its new thread: codes for `sentences`; none if it is public at once."""
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
    if rules.is_new(actor.message_count):
        found += _reasons_of_new_member(html, title)
    if site.held_words and (word := first_listed(site.held_words, f"{title}\n{own_text(html)}")):
        found.append(f"word:{word}")
    return found


def _reasons_of_new_member(html: str, title: str) -> Iterator[str]:
    """The reasons that count for members who have written little."""
    site = snapshot()
    if site.hold_links and _LINK.search(html):
        yield "links"
    if domain := blocked_links.first_blocked(html):
        yield f"blocked-link:{domain}"
    if site.hold_spam:
        yield from _features_of_spam(html, title)


def _features_of_spam(html: str, title: str) -> list[str]:
    """The reasons of the spam filter, if it holds a post."""
    judgement = spam.judge(html, title, is_new=True)
    return [f"{SPAM}:{name}" for name in judgement.reasons or [""]] if judgement.holds else []


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


def check_links(actor: Member, board_id: int, html: str, *, before: str) -> None:
    """Raise Invalid for a blocked link that a new member puts into a post that was there before."""
    domain = "" if is_trusted(actor, board_id) else blocked_links.first_blocked(html)
    if domain and domain != blocked_links.first_blocked(before):
        raise Invalid({"body": [say("Links to %(domain)s cannot be used here.", domain=domain)]})


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
