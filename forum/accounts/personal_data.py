"""What happens to each column that names a member, or holds a text about one, when the member is erased or merged.

A test walks all tables: a column that refers to a member, and a column of unlimited text, needs an entry here. A new
table says here whether its rows are deleted with the member, or stay and name the anonymous member that remains.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Erase(StrEnum):
    """What erasing a member does with the rows that name them."""

    DELETE = "delete"  # the row is theirs alone
    KEEP = "keep"  # the row is part of what others read or rely on; it names the anonymous member from then on


class Merge(StrEnum):
    """What merging an account into another does with the rows that name its member."""

    MOVE = "move"  # they name the other from then on; where that one has such a row already, the two become one
    DROP = "drop"  # they are deleted
    STAY = "stay"  # they are about the account itself


@dataclass(frozen=True)
class Rule:
    """What erasing and merging do, and the section of the member's download that has the row; else `because`."""

    erase: Erase
    section: str = ""
    because: str = ""
    merge: Merge = Merge.MOVE


_DEED = "what they did to others' content; it is in the log of what they did"
RULES: Mapping[str, Rule] = {
    "account_erasure.member_id": Rule(Erase.KEEP, because="deleted when the erasure is finished", merge=Merge.STAY),
    "account_erasure.by_id": Rule(Erase.KEEP, because=_DEED),
    "account_merge.member_id": Rule(Erase.KEEP, because="no account is erased while it is merged", merge=Merge.STAY),
    "account_merge.target_id": Rule(Erase.KEEP, because="no account is erased while it is merged", merge=Merge.STAY),
    "account_merge.by_id": Rule(Erase.KEEP, because=_DEED),
    "api_token.member_id": Rule(Erase.DELETE, "api_tokens", merge=Merge.DROP),
    "application.member_id": Rule(Erase.DELETE, "application", merge=Merge.DROP),
    "backup_run.by_id": Rule(Erase.KEEP, because=_DEED),
    "blocked_link.by_id": Rule(Erase.KEEP, because=_DEED),
    "board_merge.by_id": Rule(Erase.KEEP, because=_DEED),
    "board_read.member_id": Rule(Erase.DELETE, "boards_read"),
    "board_watch.member_id": Rule(Erase.DELETE, "boards_watched"),
    "conversation.starter_id": Rule(Erase.KEEP, "conversations"),  # the others keep it
    "conversation_member.member_id": Rule(Erase.DELETE, "conversations"),
    "conversation_member.invited_by_id": Rule(Erase.KEEP, because="says by whom somebody else was invited"),
    "conversation_message.author_id": Rule(Erase.KEEP, "messages"),  # the others keep their copy
    "conversation_message.about_id": Rule(Erase.KEEP, because="says that somebody invited them"),
    "decision.member_id": Rule(Erase.DELETE, "decisions"),
    "decision.by_id": Rule(Erase.KEEP, because=_DEED),
    "digest.member_id": Rule(Erase.DELETE, "digest"),
    "draft.member_id": Rule(Erase.DELETE, "drafts"),
    "followed_member.member_id": Rule(Erase.DELETE, "following"),
    "followed_member.followed_id": Rule(Erase.DELETE, because="belongs to the member who follows"),
    "group_membership.member_id": Rule(Erase.DELETE, "groups"),
    "group_membership.by_id": Rule(Erase.KEEP, because=_DEED),
    "group_request.member_id": Rule(Erase.DELETE, "group_requests"),
    "ignored_member.member_id": Rule(Erase.DELETE, "ignored"),
    "ignored_member.ignored_id": Rule(Erase.DELETE, because="nobody is told who ignores them"),
    "illegal_notice.member_id": Rule(Erase.KEEP, "illegal_notices"),  # without the name and address given in it
    "invitation.inviter_id": Rule(Erase.KEEP, "invitations"),  # says by whom somebody else was invited
    "invitation.used_by_id": Rule(Erase.KEEP, "profile"),  # belongs to the inviter; the address in it is removed
    "log_entry.actor_id": Rule(Erase.KEEP, "log"),  # without IP addresses and names
    "inbound_mail.member_id": Rule(Erase.DELETE, because="that mail was read, for 90 days", merge=Merge.DROP),
    "mail.member_id": Rule(Erase.DELETE, because="what waits to be sent", merge=Merge.DROP),
    "mail_failure.member_id": Rule(Erase.DELETE, "mail_failures", merge=Merge.DROP),
    "mail_token.member_id": Rule(Erase.DELETE, because="secrets", merge=Merge.DROP),
    "member_old_name.member_id": Rule(Erase.DELETE, "profile"),
    "member_session.member_id": Rule(Erase.DELETE, "logins", merge=Merge.DROP),
    "member_warning.member_id": Rule(Erase.DELETE, "warnings"),
    "member_warning.by_id": Rule(Erase.KEEP, because=_DEED),
    "member_warning.withdrawn_by_id": Rule(Erase.KEEP, because=_DEED),
    "message_reaction.member_id": Rule(Erase.KEEP, "message_reactions"),  # as those to posts
    "notification.member_id": Rule(Erase.DELETE, "notifications"),
    "notification_choice.member_id": Rule(Erase.DELETE, "notification_choices"),
    "notification.actor_id": Rule(Erase.KEEP, because="belongs to the member who is notified"),
    "outside_check.member_id": Rule(Erase.DELETE, because="what a service was asked; deleted after 30 days"),
    "pending_login.member_id": Rule(Erase.DELETE, because="secrets", merge=Merge.DROP),
    "post.author_id": Rule(Erase.KEEP, "posts"),  # without their text, if the member wanted that
    "post.editor_id": Rule(Erase.KEEP, because=_DEED),
    "post.deleted_by_id": Rule(Erase.KEEP, because=_DEED),
    "post_fingerprint.member_id": Rule(Erase.DELETE, because="numbers made of a post's words"),
    "post_revision.editor_id": Rule(Erase.KEEP, because="earlier versions belong to the author of the post"),
    "push_subscription.member_id": Rule(Erase.DELETE, "browsers", merge=Merge.DROP),
    "reaction.member_id": Rule(Erase.KEEP, "reactions"),  # scores rest on them
    "recovery_code.member_id": Rule(Erase.DELETE, because="secrets", merge=Merge.DROP),
    "report.member_id": Rule(Erase.KEEP, "reports"),  # moderators decide about others' posts by them
    "review_item.member_id": Rule(Erase.KEEP, because="what moderators decided about a post that stays"),
    "review_item.assignee_id": Rule(Erase.KEEP, because=_DEED),
    "review_item.decided_by_id": Rule(Erase.KEEP, because=_DEED),
    "review_note.member_id": Rule(Erase.KEEP, because=_DEED),
    "sanction.member_id": Rule(Erase.DELETE, "sanctions"),
    "sanction.by_id": Rule(Erase.KEEP, because=_DEED),
    "signup_record.member_id": Rule(Erase.DELETE, "registration", merge=Merge.DROP),
    # A member's right of access to data about them reaches these too, but they speak of others and of how moderators
    # work: the operator reads them first and gives out what the law demands, and the download leaves them out.
    "staff_note.member_id": Rule(Erase.DELETE, because="for moderators only; the operator answers who asks for them"),
    "staff_note.author_id": Rule(Erase.KEEP, because=_DEED),
    "spam_cleaning.member_id": Rule(Erase.DELETE, because="the decision about it says what was done", merge=Merge.DROP),
    "signup_block.by_id": Rule(Erase.KEEP, because=_DEED),
    "submission.member_id": Rule(Erase.DELETE, because="answers to forms sent twice", merge=Merge.DROP),
    "two_factor.member_id": Rule(Erase.DELETE, because="secrets", merge=Merge.DROP),
    "thread.starter_id": Rule(Erase.KEEP, "threads"),
    "thread.deleted_by_id": Rule(Erase.KEEP, because=_DEED),
    "thread.last_poster_id": Rule(Erase.KEEP, because="follows from the posts"),
    "thread.base_last_poster_id": Rule(Erase.KEEP, because="follows from an archive"),
    "thread_read.member_id": Rule(Erase.DELETE, "threads_read"),
    "thread_watch.member_id": Rule(Erase.DELETE, "threads_watched"),
}

# spam_sample names nobody: it has numbers made of a post's words. Erasing a member with their texts forgets those of
# posts that were not spam.

# Columns of unlimited text, and what erasing does with a member's name in them.
TEXTS: Mapping[str, str] = {
    "account_erasure.names": "deleted when the erasure is finished",
    "board.description": "written by admins, and not searched",
    "board.rules": "written by admins, and not searched",
    "conversation_message.source": "mentions and the headers of quotes get the new name",
    "conversation_message.html": "follows from the source",
    "decision.text": "of decisions about them deleted; in those about others as in post.source",
    "bulk_act.outcomes": "numbers, and why it was refused",
    "bulk_act.pending": "numbers",
    "digest.told": "numbers",
    "draft.body": "their own are deleted; those of others are private to them",
    "held_edit.source": "of their own posts deleted; in those of others as in post.source",
    "guest_draft.body": "of guests, private to them; all are deleted after a day",
    "log_entry.details": "names are replaced; what an entry about the member says is removed",
    "log_change.was": "deleted where it is about the member, or has one of their names",
    "log_change.now": "deleted where it is about the member, or has one of their names",
    "mail.body": "mails to their address are deleted",
    "member.about": "emptied",
    "notice.body": "written by admins, and not searched",
    "notice.html": "follows from the body",
    "notification.details": "titles of threads and reasons; their own are deleted",
    "outside_check.fields": "their own are deleted; all are after 30 days",
    "post.source": "mentions and the headers of quotes get the new name",
    "post.html": "follows from the source",
    "post_revision.source": "of their own posts deleted; in those of others as in post.source",
    "spam_cleaning.plan": "deleted with the member whom it is about",
    "spam_cleaning.counts": "numbers",
    "spam_wave.plan": "written by moderators about several members",
    "spam_wave.members": "numbers",
    "spam_wave.refused": "numbers",
    "thread_merge.page_posts": "numbers",
    "thread_split.chosen": "numbers",
    "thread_split.first_moves": "numbers",
    "thread_split.unplaced": "numbers",
    "site_setting.value": "written by admins, and not searched",
    "thread_redirect.page_posts": "numbers",
    "submission.answer": "their own are deleted; all are after a day",
    "submission.location": "an address of this forum, deleted after a day",
}
