"""Toasts: a one-time message on the next page about what was just done, with an undo button where possible.

A write answers with a redirect, so the message travels in a cookie, which the page that shows it deletes.
"""

import re
from dataclasses import dataclass
from typing import TypeVar

from flask import after_this_request, request
from werkzeug import Response

from forum.audit_log import changes_of_session
from forum.auth.identity import cookie_name
from forum.infra.text.messages import Message, say, say_many
from forum.interfaces import translate
from forum.web.prefetch import is_prefetch

COOKIE_SECONDS = 60  # lifetime of the cookie
_UNDO = "-undo"  # ends the name of a toast about a change in the log
_SENT = re.compile(r"([a-z-]{1,30})((?:\.\d{1,10}){0,2})")
Answer = TypeVar("Answer", bound=Response)


@dataclass(frozen=True)
class Toast:
    """The text, and the URLs of the undo button (a POST) and of the link."""

    text: str
    undo: str = ""
    link: str = ""


@dataclass(frozen=True)
class _Kind:
    text: Message
    undo: str = ""  # {0} is the id of the post or member, or of the log entry of an act


_ACT = "/moderation/acts/{0}/undo"
_KINDS = {
    "saved": _Kind(say("Saved.")),
    "text-kept": _Kind(say("What you wrote is kept as a draft.")),
    "text-ready": _Kind(say("Here is what you wrote. It is not posted yet.")),
    "undone": _Kind(say("Undone.")),
    "reply-held": _Kind(say("Your reply waits for approval. Until then only you and the moderators see it.")),
    "thread-held": _Kind(say("Your thread waits for approval. Until then only you and the moderators see it.")),
    "erased": _Kind(say("Deleted for good.")),
    "edit-held": _Kind(say("Your edit waits for approval. Until then all others see the text as it was.")),
    "edit-withdrawn": _Kind(say("Edit withdrawn. Its text is kept as a draft.")),
    "first-posts-wait": _Kind(
        say("The check against programs was not made, so your first posts wait for a moderator.")
    ),
    "withdrawn": _Kind(say("Withdrawn. The text is kept as a draft.")),
    "approved": _Kind(say("Approved."), undo="/moderation/queue/{0}/undo"),
    "member-approved": _Kind(say("Approved. They are told by e-mail.")),
    "asked": _Kind(say("The question is mailed. The account still waits.")),
    "rejected": _Kind(say("Not approved."), undo="/moderation/queue/{0}/undo"),
    "spam": _Kind(say("Not approved: spam."), undo="/moderation/queue/{0}/undo"),
    "waits-again": _Kind(say("Undone. It waits for approval again.")),
    "post-deleted": _Kind(say("Post deleted."), undo="/posts/{0}/undelete"),
    "post-restored": _Kind(say("Post restored.")),
    "thread-deleted": _Kind(say("Thread deleted."), undo=_ACT),
    "thread-restored": _Kind(say("Thread restored."), undo=_ACT),
    "thread-pinned": _Kind(say("Thread pinned."), undo=_ACT),
    "thread-unpinned": _Kind(say("Thread unpinned."), undo=_ACT),
    "thread-locked": _Kind(say("Thread locked."), undo=_ACT),
    "thread-unlocked": _Kind(say("Thread unlocked."), undo=_ACT),
    "thread-moved": _Kind(say("Thread moved."), undo=_ACT),
    "thread-copied": _Kind(say("Copied to this thread."), undo=_ACT),
    "appealed": _Kind(say("Your appeal is sent.")),
    "appeal-decided": _Kind(say("Decided. The member is told.")),
    "undone-act": _Kind(say("Undone."), undo=_ACT),
    "act-saved": _Kind(say("Saved."), undo=_ACT),
    "threads-merged": _Kind(say("Threads merged.")),
    "posts-split": _Kind(say("Posts moved to this thread.")),
    "board-created": _Kind(say("Board created.")),
    "merge-begun": _Kind(say("The threads are being moved. The board is deleted when it is empty.")),
    "board-deletion-begun": _Kind(say("The board and its threads are being deleted.")),
    "board-deleted": _Kind(say("Board deleted.")),
    "job-requested": _Kind(say("The job will run in a moment.")),
    "logged-out": _Kind(say("Logged out everywhere.")),
    "two-factor-off": _Kind(say("Two-factor authentication is turned off.")),
    "accounts-merge": _Kind(say("The other account is being merged into this one.")),
    "account-closed": _Kind(say("The account is closed.")),
    "reset-mailed": _Kind(say("The link for a new password has been mailed.")),
    "invited": _Kind(say("Invitation created. Copy its link from the list.")),
    "invited-by-mail": _Kind(say("The invitation is being mailed.")),
    "group-asked": _Kind(say("You have asked to join. The answer will be on this page.")),
    "invitations-revoked": _Kind(say("Open invitations revoked.")),
    "invitation-revoked": _Kind(say("Invitation revoked.")),
    "mail-retried": _Kind(say("It will be sent again within seconds.")),
    "address-used-again": _Kind(say("Mail is sent to this address again.")),
    "backup-begun": _Kind(say("The backup is being made in the background.")),
    "backup-running": _Kind(say("A backup is being made already.")),
    "deleted": _Kind(say("Deleted.")),
    "thread-watched": _Kind(say("You watch this thread now.")),
    "thread-unwatched": _Kind(say("You do not watch this thread any more.")),
    "thread-muted": _Kind(say("Thread muted. You are told of nothing in it.")),
    "thread-unmuted": _Kind(say("Thread unmuted.")),
    "board-watched": _Kind(say("You watch this board now.")),
    "board-unwatched": _Kind(say("You do not watch this board any more.")),
    "board-muted": _Kind(say("Board muted. What's new leaves it out.")),
    "board-unmuted": _Kind(say("Board unmuted.")),
    "all-unwatched": _Kind(say("You watch nothing any more."), undo="/account/watched/start-again"),
    "none-watched": _Kind(say("You watched nothing.")),
    "marked-read": _Kind(say("Marked as read.")),
    "banned": _Kind(say("Member banned."), undo="/members/{0}-x/unban"),
    "link-blocked": _Kind(say("Links to this domain are blocked.")),
    "link-allowed": _Kind(say("Block lifted.")),
    "unbanned": _Kind(say("Ban lifted.")),
    "member-held": _Kind(say("Everything this member writes waits for approval now.")),
    "unheld": _Kind(say("Posts of this member appear at once again.")),
    "muted": _Kind(say("Member muted.")),
    "unmuted": _Kind(say("Mute lifted.")),
    "warned": _Kind(say("Member warned.")),
    "warning-withdrawn": _Kind(say("Warning withdrawn.")),
    "banned-from-thread": _Kind(say("Member banned from this thread.")),
    "blocked": _Kind(say("Blocked.")),
    "block-lifted": _Kind(say("Block lifted.")),
    "invited-members": _Kind(say("Invited.")),
    "left-conversation": _Kind(say("You have left the conversation.")),
    "marked-unread": _Kind(say("Marked as unread.")),
    "ignored": _Kind(say("You ignore this member now. Only you know."), undo="/members/{0}-x/unignore"),
    "unignored": _Kind(say("You no longer ignore this member.")),
    "followed": _Kind(say("You follow this member now."), undo="/members/{0}-x/unfollow"),
    "unfollowed": _Kind(say("You no longer follow this member."), undo="/members/{0}-x/follow"),
    "reported": _Kind(say("Reported. Moderators will look at it.")),
    "report-decided": _Kind(say("Decided."), undo="/moderation/reports/{0}/reopen"),
}


def with_toast(answer: Answer, kind: str, *numbers: int) -> Answer:
    """Make the page that a response redirects to show a toast; `numbers` are ids or counts for its text and links."""
    value = ".".join([kind, *map(str, numbers)])
    answer.set_cookie(
        cookie_name("toast"),
        value,
        max_age=COOKIE_SECONDS,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer


def with_undo(answer: Answer, kind: str = "saved") -> Answer:
    """Like with_toast(); if the request has logged exactly one change, the toast offers to undo it."""
    changes = changes_of_session()
    return with_toast(answer, kind + _UNDO, changes[0].id) if len(changes) == 1 else with_toast(answer, kind)


def text_of(kind: str) -> str:
    """The text of a toast, for a script that shows it itself."""
    return translate(_KINDS[kind].text)


def with_act(answer: Answer, kind: str) -> Answer:
    """Make the page that a response redirects to offer to undo an act of a moderator, if exactly one was logged."""
    changes = changes_of_session()
    return with_toast(answer, kind, *([changes[0].id] if len(changes) == 1 else []))


def toast() -> Toast | None:
    """The toast to show on this page, once."""
    match = _SENT.fullmatch(request.cookies.get(cookie_name("toast"), ""))
    if match is None or is_prefetch():
        return None
    after_this_request(_drop)
    numbers = match[2].split(".")[1:]
    if match[1] == "replied-over" and len(numbers) == 2:
        return _of_replies(int(numbers[0]), numbers[1])
    kind = _KINDS.get(match[1].removesuffix(_UNDO))
    if kind is not None and match[1].endswith(_UNDO) and numbers:
        return Toast(translate(kind.text), f"/moderation/log/{numbers[0]}/undo")
    if kind is None or (kind.undo and not numbers and kind.undo != _ACT):
        return None
    return Toast(translate(kind.text), kind.undo.format(*numbers) if numbers else "")


def _of_replies(count: int, first: str) -> Toast:
    """The toast about unseen replies before the member's own; it links to the first of them."""
    told = say_many(
        "%(num)d unread reply was posted before yours.", "%(num)d unread replies were posted before yours.", count
    )
    return Toast(translate(told), link=f"/posts/{first}")


def _drop(response: Response) -> Response:
    response.delete_cookie(cookie_name("toast"), path="/", httponly=True, samesite="Lax", secure=request.is_secure)
    return response
