"""What the log calls the fields that a change has before and after, where they are not settings."""

from collections.abc import Mapping

from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.web.settings.fields import BY_NAME

_LABELS: Mapping[str, Message] = {
    "title": say("Title"),
    "description": say("Description"),
    "place": say("Place"),
    # of boards
    "parent_id": say("Inside"),
    "is_category": say("Category"),
    "is_closed": say("Closed"),
    "approval": say("Waits for approval"),
    "rules": say("Rules"),
    "icon": say("Icon"),
    # of notices
    "body": say("Text"),
    "style": say("Style"),
    "audience": say("Shown to"),
    "group_ids": say("Groups"),
    "board_ids": say("Boards"),
    "includes_children": say("Also in the boards inside them"),
    "starts_at": say("From"),
    "ends_at": say("Until"),
    "is_dismissible": say("Can be closed"),
    "is_on": say("Show this notice"),
    # of groups and those who are in them
    "banner_text": say("Banner"),
    "banner_colour": say("Colour of the banner"),
    "takes_requests": say("Members may ask to join"),
    "edit_minutes": say("Minutes to edit a post"),
    "min_messages": say("Messages, at least"),
    "min_days": say("Days since joining, at least"),
    "min_score": say("Reaction score, at least"),
    "rights": say("Rights"),
    "group": say("Group"),
    "is_member": say("In the group"),
    "until": say("Until"),
    # of members
    "username": say("Name"),
    "custom_title": say("Member title"),
    "role": say("Role"),
    "ban": say("Ban"),
    "mute": say("Mute"),
    "hold": say("Posts wait for approval"),
    "thread": say("Number of the thread"),
    "in_force": say("In force"),
    "holds_posts": say("First posts wait"),
    "board": say("Board"),
    "open": say("Open invitations"),
    "revoked": say("Revoked invitations"),
    # of threads and posts
    "state": say("State"),
    "visibility": say("State"),
    "decision": say("Decision"),
    "author_id": say("Author, by number"),
    "reason": say("Reason"),
    "board_id": say("Board"),
    "is_pinned": say("Pinned"),
    "is_pinned_everywhere": say("Pinned everywhere"),
    "pinned_until": say("Pinned until"),
    "is_locked": say("Locked"),
    "locks_at": say("Locked from"),
    "locked_until": say("Locked until"),
    "lock_reason": say("Reason"),
    "slow_minutes": say("Minutes between two posts of a member"),
    # of reactions and smilies
    "key": say("Key"),
    "name": say("Name"),
    "symbol": say("Symbol"),
    "score": say("Score"),
    "code": say("Code"),
    "text_codes": say("Short codes"),
    # of warnings and prepared reasons
    "points": say("Points"),
    "days": say("Days"),
    "text": say("Text"),
    "is_active": say("Can be chosen"),
    "act": say("What happens"),
    "rule": say("Rule"),
    "for_delete": say("Offered when deleting"),
    "for_edit": say("Offered when editing"),
    "for_reject": say("Offered when rejecting"),
    "for_warn": say("Offered when warning"),
    "for_hold": say("Offered when letting posts wait"),
    "for_mute": say("Offered when muting"),
    "for_ban": say("Offered when banning"),
    "for_block": say("Offered when blocking addresses and e-mail"),
    "for_withdraw": say("Offered when withdrawing a warning"),
    "for_answer": say("Offered when answering a report"),
    "for_appeal": say("Offered when answering an appeal"),
}


def label_of(name: str) -> str:
    """What the form calls a setting, or a field of something else; its name if it has no label."""
    label = BY_NAME[name].label if name in BY_NAME else _LABELS.get(name)
    return translate(label) if label else name


def is_labelled(name: object) -> bool:
    """Whether a field has a label here."""
    return name in _LABELS
