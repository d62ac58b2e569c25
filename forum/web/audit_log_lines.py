"""The audit log in readable form: actions in words, and their targets by name with a link."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from forum.admin.row_types import GROUPS, ROW_TYPES
from forum.infra.database.db import session
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.models import BlockedLink, Board, LogEntry, Member, Notice, Post, Right, Thread
from forum.permissions import may_administer, may_use_right, scope_of, visible_threads
from forum.site.ip_addresses import as_shown
from forum.site.queries import snapshot
from forum.web.log_values import in_words
from forum.web.settings.changed import is_labelled, label_of
from forum.web.settings.fields import BY_NAME

ACTION_LABELS: dict[str, Message] = {
    "change-service": say("Changed a service against spam"),
    "decide-campaign": say("Decided about a campaign"),
    "pin-thread": say("Pinned thread"),
    "unpin-thread": say("Unpinned thread"),
    "lock-thread": say("Locked thread"),
    "unlock-thread": say("Unlocked thread"),
    "copy-thread": say("Copied thread"),
    "end-pin": say("Unpinned thread, as its time was over"),
    "begin-lock": say("Locked thread at the time chosen for it"),
    "end-lock": say("Unlocked thread, as its time was over"),
    "move-thread": say("Moved thread"),
    "begin-merge": say("Began to merge thread into another"),
    "begin-split": say("Began to split thread"),
    "merge-thread": say("Merged thread into another"),
    "merge-threads": say("Merged another thread into this one"),
    "split-thread": say("Split posts off a thread"),
    "split-posts": say("Moved posts of another thread here"),
    "slow-thread": say("Changed slow mode"),
    "delete-thread": say("Deleted thread"),
    "undelete-thread": say("Restored thread"),
    "delete-post": say("Deleted post"),
    "undelete-post": say("Restored post"),
    "edit-post": say("Edited post"),
    "edit-title": say("Changed title"),
    "approve-post": say("Approved post"),
    "reject-post": say("Did not approve post"),
    "approve-member": say("Approved registration"),
    "reject-member": say("Did not approve registration"),
    "ask-member": say("Asked an applicant"),
    "reopen-application": say("Let registration wait again"),
    "reply-to-moderators": say("Answered a question about their registration"),
    "see-addresses": say("Looked at the addresses of"),
    "hold-post": say("Let post wait for approval again"),
    "notice-at-post": say("Changed notice at post"),
    "change-author": say("Changed author of post"),
    "erase-post": say("Deleted post for good"),
    "begin-erase-thread": say("Began to delete thread for good"),
    "erase-thread": say("Deleted thread for good"),
    "approve-edit": say("Approved edit"),
    "reject-edit": say("Did not approve edit"),
    "hold-edit": say("Let edit wait for approval again"),
    "moderate-in-bulk": say("Acted on many"),
    "undo-in-bulk": say("Undid an act on many"),
    "clean-member": say("Cleaned up after member"),
    "undo-cleaning": say("Undid the cleaning of member"),
    "clean-wave": say("Cleaned up after new members"),
    "undo-wave": say("Undid the cleaning of new members"),
    "remove-reactions": say("Removed reactions of a spammer"),
    "settle-case": say("Decided what waited, with a cleaning"),
    "teach-spam": say("Taught the spam filter posts of member"),
    "restore-part": say("Brought back a part of a cleaning"),
    "block-link": say("Blocked links to domain"),
    "lift-link": say("Lifted block of links to domain"),
    "read-reported": say("Read a reported message"),
    "hide-reported": say("Hid a post that was reported"),
    "decide-report": say("Decided about reports"),
    "reopen-report": say("Opened reports again"),
    "decide-appeal": say("Decided about an appeal"),
    "ban": say("Banned member"),
    "unban": say("Lifted ban"),
    "hold-first-posts": say("Changed whether first posts of a member wait"),
    "mute": say("Muted member"),
    "unmute": say("Lifted mute"),
    "warn": say("Warned member"),
    "withdraw-warning": say("Withdrew warning"),
    "hold-member": say("Let a member’s posts wait for approval"),
    "unhold-member": say("Let a member’s posts appear at once again"),
    "delete-note": say("Deleted a note on a member"),
    "ban-from-thread": say("Banned member from a thread"),
    "unban-from-thread": say("Lifted ban from a thread"),
    "block-signup": say("Blocked addresses or e-mail"),
    "unblock-signup": say("Lifted block of addresses or e-mail"),
    "set-role": say("Changed role"),
    "register": say("Registered"),
    "enrol": say("Created member"),
    "login": say("Logged in"),
    "login-failed": say("Failed to log in"),
    "login-password": say("Entered the right password, to log in with a code"),
    "code-refused": say("Entered a wrong code"),
    "use-recovery-code": say("Used a recovery code"),
    "turn-on-two-factor": say("Turned on two-factor authentication"),
    "turn-off-two-factor": say("Turned off two-factor authentication"),
    "make-recovery-codes": say("Created recovery codes"),
    "logout": say("Logged out"),
    "password-refused": say("Entered a wrong password"),
    "change-password": say("Changed password"),
    "ask-reset": say("Asked for a new password"),
    "reset-password": say("Chose a new password"),
    "set-password": say("Set password"),
    "end-session": say("Logged out a device"),
    "end-all-sessions": say("Logged out all devices"),
    "end-other-sessions": say("Logged out the other devices"),
    "ask-email-change": say("Asked to change e-mail address"),
    "change-email": say("Changed e-mail address"),
    "confirm-email": say("Confirmed e-mail address"),
    "make-token": say("Created API token"),
    "revoke-token": say("Revoked API token"),
    "close-account": say("Closed account"),
    "keep-account": say("Opened closed account"),
    "merge-members": say("Began to merge another account into that of"),
    "merged-members": say("Merged another account into that of"),
    "erase-account": say("Erased account"),
    "download-data": say("Downloaded the data of an account"),
    "export-log": say("Downloaded the log"),
    "restore-invitations": say("Opened revoked invitations again"),
    "export-forum": say("Exported the forum"),
    "change-title": say("Changed member's title"),
    "rename-member": say("Renamed member"),
    "make-reset-link": say("Made a link for a new password"),
    "recount-statistics": say("Counted the statistics again"),
    "change-setting": say("Changed setting"),
    "run-job": say("Ran job"),
    "check-search-index": say("Asked for a check of the search index"),
    "rebuild-search-index": say("Asked for a rebuild of the search index"),
    "empty-demonstration": say("Emptied the demonstration"),
    "create-board": say("Created board"),
    "change-board": say("Changed board"),
    "move-board": say("Moved board"),
    "merge-board": say("Merged board"),
    "delete-board": say("Deleted board"),
    "delete-board-with-threads": say("Began to delete board with all its threads"),
    "create-reactions": say("Created reaction"),
    "change-reactions": say("Changed reaction"),
    "move-reactions": say("Moved reaction"),
    "delete-reactions": say("Deleted reaction"),
    "create-titles": say("Created member title"),
    "change-titles": say("Changed member title"),
    "delete-titles": say("Deleted member title"),
    "create-smilies": say("Created smilie"),
    "change-smilies": say("Changed smilie"),
    "move-smilies": say("Moved smilie"),
    "delete-smilies": say("Deleted smilie"),
    "create-reasons": say("Created prepared reason"),
    "change-reasons": say("Changed prepared reason"),
    "move-reasons": say("Moved prepared reason"),
    "delete-reasons": say("Deleted prepared reason"),
    "create-warnings": say("Created kind of warning"),
    "change-warnings": say("Changed kind of warning"),
    "move-warnings": say("Moved kind of warning"),
    "delete-warnings": say("Deleted kind of warning"),
    "create-thresholds": say("Created threshold of warnings"),
    "change-thresholds": say("Changed threshold of warnings"),
    "delete-thresholds": say("Deleted threshold of warnings"),
    "create-notice": say("Created notice"),
    "change-notice": say("Changed notice"),
    "move-notice": say("Moved notice"),
    "delete-notice": say("Deleted notice"),
    "show-notice-again": say("Showed notice again to those who had closed it"),
    "create-groups": say("Created group"),
    "change-groups": say("Changed group"),
    "move-groups": say("Moved group"),
    "delete-groups": say("Deleted group"),
    "join-group": say("Added to a group"),
    "create-invitation": say("Created invitation"),
    "revoke-invitation": say("Revoked invitation"),
    "revoke-invitations": say("Revoked all invitations of a member"),
    "ask-to-accept-terms": say("Asked members to accept the terms"),
    "refuse-request": say("Refused a request to join a group"),
    "leave-group": say("Removed from a group"),
    "test-mail": say("Sent a test message"),
    "retry-mail": say("Tried to send e-mail again"),
    "retry-all-mail": say("Tried to send all e-mail again"),
    "use-address-again": say("Sent mail to a stopped address again"),
    "drop-mail": say("Deleted unsent e-mail"),
    "request-backup": say("Asked for a backup"),
    "make-backup": say("Made a backup"),
    "backup-failed": say("Failed to make a backup"),
    "download-backup": say("Downloaded a backup"),
    "delete-backup": say("Deleted a backup"),
}
CONTENT_KINDS = ("thread", "post", "board")
KINDS = ("member", *CONTENT_KINDS)
DETAIL_LABELS: dict[str, Message] = {
    "has_key": say("Has a key"),
    "has_new_key": say("The key is new"),
    "holds": say("Posts wait for the answer"),
    "is_on": say("On"),
    "reason": say("Reason"),
    "conversation": say("Conversation"),
    "act": say("Act"),
    "until": say("Until"),
    "was": say("Before"),
    "title": say("Now"),
    "now": say("Now"),
    "role": say("Role"),
    "origin": say("From"),
    "destination": say("To"),
    "redirect_days": say("Days for which the old board leads to it"),
    "thread": say("Number of the thread"),
    "into": say("Into the thread with the number"),
    "board": say("Board"),
    "revision": say("Edit"),
    "name": say("Name"),
    "scopes": say("May"),
    "count": say("Devices"),
    "why": say("Why"),
    "lines": say("Lines"),
    "inviter": say("In the name of"),
    "number": say("Number"),
    "subject": say("Subject"),
    "answer": say("Answer"),
    "messages": say("Messages"),
    "threads": say("Threads"),
    "posts": say("Posts"),
    "decision": say("Decision"),
    "weight": say("Weight"),
    "warning": say("Number of the warning"),
    "points": say("Points"),
    "post": say("Number of the post"),
}


# the tables of targets that admins list on pages of their own, with the column that names a row and the page's right
ROWS: Mapping[str, tuple[type[Any], str, Right]] = {
    **{kind.name: (kind.model, kind.label, kind.right) for kind in (*ROW_TYPES.values(), GROUPS)},
    "notice": (Notice, "title", Right.MANAGE_NOTICES),
    "link": (BlockedLink, "domain", Right.BAN_MEMBERS),
}
PATHS = {"notice": "/admin/notices"}
# targets of which the log tells the number only: reports and appeals are confidential, blocks may be of addresses
NUMBERED: Mapping[str, Message] = {
    "report": say("Case %(number)s"),
    "appeal": say("Appeal %(number)s"),
    "campaign": say("Campaign %(number)s"),
    "signup-block": say("Block %(number)s"),
}


class _Target(NamedTuple):
    """A target that the reader may know of; of content in boards that they do not moderate, they see no details."""

    name: str
    path: str
    shows_details: bool = True


@dataclass(frozen=True)
class LogLine:
    """An entry with its action, target and details in words."""

    entry: LogEntry
    act: str
    name: str
    path: str
    details: Sequence[tuple[str, object]]
    address: str


def lines_of(actor: Member, entries: Sequence[LogEntry]) -> list[LogLine]:
    """A page of the log in readable form; one query for each kind of target, for their names."""
    named_targets = _targets(actor, {entry.target for entry in entries})
    return [_line(actor, entry, named_targets) for entry in entries]


def _line(actor: Member, entry: LogEntry, named_targets: Mapping[str, _Target]) -> LogLine:
    is_of_content = entry.target.partition(":")[0] in CONTENT_KINDS
    unnamed = _Target(_unnamed(entry.target), "", shows_details=bool(may_administer(actor)) or not is_of_content)
    target = named_targets.get(entry.target, unnamed)
    act = translate(ACTION_LABELS[entry.action]) if entry.action in ACTION_LABELS else entry.action
    shows_details = target.shows_details and entry.details.get("board") in {None, *scope_of(actor).see}
    shown = {key: value for key, value in entry.details.items() if value not in ("", None) and shows_details}
    details = [_detail(actor, entry.action, key, value) for key, value in shown.items()]
    return LogLine(entry, act, target.name, target.path, details, as_shown(entry.address, entry.at))


def _unnamed(target: str) -> str:
    kind, _, number = target.partition(":")
    return translate(replace(NUMBERED[kind], values={"number": number})) if kind in NUMBERED else target


def _detail(actor: Member, action: str, key: str, value: object) -> tuple[str, object]:
    if key == "name" and action in {"join-group", "leave-group"}:
        return translate(say("Group")), value
    if key == "name" and action.startswith("change-") and is_labelled(value):
        return translate(say("Field")), label_of(str(value))
    return translate(DETAIL_LABELS[key]) if key in DETAIL_LABELS else key, in_words(actor, key, value)


def _targets(actor: Member, targets: Iterable[str]) -> dict[str, _Target]:
    """The targeted members and rows, and the boards, threads and posts that the actor may see."""
    scope = scope_of(actor)
    parts = [target.partition(":") for target in targets]
    ids = {kind: [int(number) for name, _, number in parts if name == kind and number.isdigit()] for kind in KINDS}
    named = {f"member:{member.id}": _Target(member.username, member.path) for member in _members(ids["member"])}
    visible = select(Thread).join(Thread.board).where(visible_threads(actor), Thread.id.in_(ids["thread"]))
    for thread in session.scalars(visible):
        named[f"thread:{thread.id}"] = _Target(thread.title, thread.path, thread.board_id in scope.moderate)
    fields = [BY_NAME[name] for kind, _, name in parts if kind == "setting" and name in BY_NAME]
    named |= _rows(actor, parts)
    named |= {f"setting:{field.name}": _Target(translate(field.label), field.path) for field in fields}
    for board_id in ids["board"]:
        board = snapshot().tree.get(board_id)
        if board and board_id in scope.see:
            named[f"board:{board_id}"] = _Target(board.title, board.path)
    posts = select(Post).join(Post.thread).join(Board, Board.id == Thread.board_id).where(visible_threads(actor))
    posts = posts.where(Post.id.in_(ids["post"])).options(contains_eager(Post.thread))
    for post in session.scalars(posts):
        name = f"{post.thread.title} #{post.position}" if post.was_published else post.thread.title
        named[f"post:{post.id}"] = _Target(name, post.path, post.thread.board_id in scope.moderate)
    return named


def _rows(actor: Member, parts: Iterable[tuple[str, str, str]]) -> dict[str, _Target]:
    """The targeted rows of lists, groups and notices; a link for those who may open its page."""
    named = dict[str, _Target]()
    for kind, (model, label, right) in ROWS.items():
        ids = [int(number) for name, _, number in parts if name == kind and number.isdigit()]
        path = PATHS.get(kind, f"/admin/{kind}") if may_use_right(actor, right) else ""
        for row in session.scalars(select(model).where(model.id.in_(ids))) if ids else ():
            shown = str(getattr(row, label)) or f"{kind}:{row.id}"
            named[f"{kind}:{row.id}"] = _Target(shown, f"{path}/{row.id}" if path else "")
    return named


def _members(ids: list[int]) -> Iterable[Member]:
    return session.scalars(select(Member).where(Member.id.in_(ids))) if ids else ()
