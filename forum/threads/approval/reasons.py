"""Why a new thread or post waits for approval, and which words are refused; every rule is here.

Staff, others who may post without limits, and those who moderate the board never wait.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import select

from forum import permissions
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.text.messages import Message, say
from forum.markup.plain_text import own_text
from forum.members.signup import newcomers, signs
from forum.models import Board, BoardApproval, Member, ReviewItem, ReviewKind, Right, Sanction
from forum.models.members.sanction import holds_in_force
from forum.site.queries import snapshot
from forum.spam import blocked_links
from forum.spam.actions import Judgement, judge
from forum.spam.reasons import words_of
from forum.threads.approval.word_lists import first_listed

SPAM = "spam"  # the reason of the filter
NOT_FINE, ANOTHER_WAITS = "not-fine", "another-waits"  # of accounts that were registered in a wave
MAX_STORED = 500  # characters of the reasons of a case
_LINK = re.compile(r'<a href="https?:')
_HREF = re.compile(r'<a href="(https?:[^"]*)"')
_OF_AUTHOR = ("member", "group", "thread-in-board", "board", "first-posts")  # hold whatever the text says
_NOT_OF_EDITS = (*_OF_AUTHOR, ANOTHER_WAITS, "word", SPAM)  # words and spam are compared with the text before
MIN_SCORE_RISE = 0.5  # of a text that the filter holds already: a corrected typo moves the score by less
_SENTENCES = {
    "member": say("All posts of this member wait for approval: because of warnings, or as a moderator decided."),
    "group": say("The posts of this member’s groups wait for approval."),
    "thread-in-board": say("New threads in this board wait for approval."),
    "board": say("Everything new in this board waits for approval."),
    "first-posts": say("The first posts of each member wait for approval (setting: %(detail)s)."),
    "account": say("The first posts of this account wait, because of how it was registered or by a moderator."),
    NOT_FINE: say("Many others registered when its author did, and the spam filter is not sure that it is fine."),
    ANOTHER_WAITS: say("Many others registered when its author did, and another post of theirs waits already."),
    "links": say("It has links, and its author is new."),
    "blocked-link": say("It links to %(detail)s, which is blocked."),
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


class Text(NamedTuple):
    """A post's HTML, with the title of the thread that it begins, else without."""

    html: str
    title: str = ""


def reasons_to_wait(
    actor: Member, board: Board, html: str, title: str = "", judgement: Judgement | None = None
) -> list[str]:
    """Why a post has to wait, with a title also its new thread: codes for `sentences`; none if it is public at once.

    `judgement` is that of the spam filter, if it was asked.
    """
    if is_trusted(actor, board.id):
        return []
    site = snapshot()
    found = ["member"] if _is_held(actor) else []
    if not permissions.has_right(actor, Right.POST_WITHOUT_APPROVAL):
        found.append("group")
    if board.approval == BoardApproval.ALL or (title and board.approval == BoardApproval.THREADS):
        found.append("board" if board.approval == BoardApproval.ALL else "thread-in-board")
    if actor.message_count < site.hold_first_posts:
        found.append(f"first-posts:{site.hold_first_posts}")
    found += _reasons_of_account(actor, judgement)
    found += _reasons_of_new_member(actor, html)
    if judgement is not None and judgement.holds:
        found += [f"{SPAM}:{name}" for name in judgement.reasons or [""]]
    if site.held_words and (word := first_listed(site.held_words, f"{title}\n{own_text(html)}")):
        found.append(f"word:{word}")
    return found


def _reasons_of_account(actor: Member, judgement: Judgement | None) -> list[str]:
    """Why a post waits because of how its author's account was registered, or by a moderator.

    Of accounts of which only others gave a sign, what the filter finds fine appears, until something of theirs waits.
    """
    hold = signs.hold_of(actor)
    if hold is None:
        return []
    is_fine = judgement.is_fine if judgement is not None and hold.lets_fine_pass else None
    if is_fine is None:
        return ["account"] if hold.is_strong else []
    if not is_fine:
        return [NOT_FINE]
    return [ANOTHER_WAITS] if _another_waits(actor) else []


def _another_waits(actor: Member) -> bool:
    waits = (ReviewItem.kind == ReviewKind.HELD_POST.value, ReviewItem.decided_at.is_(None))
    return session.scalar(select(ReviewItem.id).where(ReviewItem.member_id == actor.id, *waits).limit(1)) is not None


def _reasons_of_new_member(actor: Member, html: str) -> list[str]:
    """The reasons for which only posts of new members wait."""
    is_new, found = newcomers.is_new(actor), list[str]()
    if snapshot().hold_links and is_new and _LINK.search(html):
        found.append("links")
    if is_new and (domain := blocked_links.first_blocked(html)):
        found.append(f"blocked-link:{domain}")
    return found


def _is_held(actor: Member) -> bool:
    """Whether everything that a member writes waits for a while."""
    held = select(Sanction.id).where(Sanction.member_id == actor.id, holds_in_force())
    return session.scalar(held.limit(1)) is not None


def judged(actor: Member, html: str, title: str) -> Judgement | None:
    """What the spam filter says of a post, if it may hold posts of its author."""
    return judge(html, title, is_new=True) if snapshot().hold_spam and newcomers.is_new(actor) else None


def reasons_for_edit(actor: Member, board: Board, now: Text, before: Text) -> list[str]:
    """Why a new text has to wait: as `reasons_to_wait`, but of what a text says only what the edit has added."""
    found = reasons_to_wait(actor, board, *now, judged(actor, *now))
    if not found:
        return []
    known = reasons_to_wait(actor, board, *before, judged(actor, *before))
    kept = [each for each in found if _is_about(each, *_OF_AUTHOR)]
    kept += [each for each in found if each not in known and not _is_about(each, *_NOT_OF_EDITS)]
    if "links" in known and set(_HREF.findall(now.html)) - set(_HREF.findall(before.html)):
        kept.append("links")
    said, was_said = (f"{each.title}\n{own_text(each.html)}" for each in (now, before))
    if word := first_listed(snapshot().held_words, said, besides=was_said):
        kept.append(f"word:{word}")
    of_spam = [each for each in found if _is_about(each, SPAM)]
    if of_spam and _looks_more_like_spam(now, before, was_held=any(_is_about(each, SPAM) for each in known)):
        kept += of_spam
    return kept


def _is_about(reason: str, *codes: str) -> bool:
    return reason.partition(":")[0] in codes


def _looks_more_like_spam(now: Text, before: Text, *, was_held: bool) -> bool:
    if not was_held:
        return True
    scores = [judge(each.html, each.title, is_new=True).score for each in (now, before)]
    return scores[0] > scores[1] + MIN_SCORE_RISE


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
