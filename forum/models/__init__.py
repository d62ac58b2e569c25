"""The models: one table class per file; relations only towards parents."""

from forum.models.backup_run import BackupRun
from forum.models.conversations.conversation import Conversation
from forum.models.conversations.conversation_member import ConversationMember
from forum.models.conversations.conversation_message import ConversationEvent, ConversationMessage
from forum.models.conversations.message_reaction import MessageReaction
from forum.models.delete_backfill import DeleteBackfill
from forum.models.discussion.board import Board, BoardApproval
from forum.models.discussion.board_access import AccessLevel, BoardAccess
from forum.models.discussion.board_icon import BoardIcon
from forum.models.discussion.board_merge import BoardMerge
from forum.models.discussion.board_read import BoardRead
from forum.models.discussion.draft import Draft
from forum.models.discussion.guest_draft import GuestDraft
from forum.models.discussion.post import Post
from forum.models.discussion.post_revision import PostRevision
from forum.models.discussion.reaction import Reaction
from forum.models.discussion.reaction_kind import ReactionKind
from forum.models.discussion.thread import Thread
from forum.models.discussion.thread_read import ThreadRead
from forum.models.discussion.visibility import Visibility
from forum.models.inbox.inbound_mail import InboundMail
from forum.models.log_change import LogChange
from forum.models.log_entry import LogEntry
from forum.models.mail import FailureKind, Hold, Mail, MailFailure
from forum.models.members.account_erasure import AccountErasure
from forum.models.members.account_merge import AccountMerge
from forum.models.members.api_token import ApiToken
from forum.models.members.group import BuiltInGroup, Group, GroupMembership, GroupRequest
from forum.models.members.group_right import GroupRight, Right
from forum.models.members.invitation import Invitation, InvitationState
from forum.models.members.mail_token import MailToken, Purpose
from forum.models.members.member import EmailStop, Member, Role, WhoMayWrite
from forum.models.members.member_session import MemberSession
from forum.models.members.member_title import MemberTitle
from forum.models.members.old_name import OldName
from forum.models.members.pending_login import PendingLogin
from forum.models.members.recovery_code import RecoveryCode
from forum.models.members.sanction import Sanction, SanctionKind
from forum.models.members.two_factor import TwoFactor
from forum.models.moderation.appeal import Appeal
from forum.models.moderation.bulk_act import BulkAct
from forum.models.moderation.decision import Decision, DecisionKind
from forum.models.moderation.held_edit import HeldEdit
from forum.models.moderation.illegal_notice import IllegalNotice, NoticedContent
from forum.models.moderation.long_threads.thread_erasure import ThreadErasure
from forum.models.moderation.long_threads.thread_merge import ThreadMerge
from forum.models.moderation.long_threads.thread_split import ThreadSplit
from forum.models.moderation.moved_thread import MovedThread
from forum.models.moderation.prepared_reason import PreparedReason, ReasonFor
from forum.models.moderation.report import Report, ReportKind, ReviewNote
from forum.models.moderation.review_item import ReviewItem, ReviewKind
from forum.models.moderation.staff_note import StaffNote
from forum.models.moderation.thread_redirect import ThreadRedirect
from forum.models.moderation.warning import MemberWarning, ThresholdAct, WarningKind, WarningThreshold
from forum.models.notice import Notice, NoticeAudience, NoticeBoard, NoticeGroup, NoticePlace, NoticeStyle
from forum.models.notifications.choice import Channel, NotificationChoice
from forum.models.notifications.notification import Notification
from forum.models.notifications.pending_push import PendingPush
from forum.models.notifications.push_key import PushKey
from forum.models.notifications.push_subscription import PushSubscription
from forum.models.period_count import PeriodCount
from forum.models.relations.followed_member import FollowedMember
from forum.models.relations.ignored_member import IgnoredMember
from forum.models.signup.application import Application
from forum.models.signup.signup_block import BlockStops, SignupBlock
from forum.models.signup.signup_record import SignupRecord
from forum.models.signup.used_proof import UsedProof
from forum.models.similar_thread import SimilarThread
from forum.models.site_image import SiteImage
from forum.models.site_setting import RegistrationMode, SiteSetting
from forum.models.smilie import Smilie
from forum.models.spam.blocked_link import BlockedLink
from forum.models.spam.outside_check import OutsideCheck, OutsideService
from forum.models.spam.post_fingerprint import FingerprintMark, KnownDomain, PostFingerprint
from forum.models.spam.spam_cleaning import SpamCleaning
from forum.models.spam.spam_sample import SpamModel, SpamSample
from forum.models.spam.spam_wave import SpamWave
from forum.models.submission import Submission
from forum.models.thread_embedding import ThreadEmbedding
from forum.models.watching.board_watch import BoardWatch
from forum.models.watching.digest import Digest, Frequency
from forum.models.watching.level import TELLING, ToldOf, WatchLevel
from forum.models.watching.post_telling import PostTelling
from forum.models.watching.thread_watch import ThreadWatch

__all__ = [
    "TELLING",
    "AccessLevel",
    "AccountErasure",
    "AccountMerge",
    "ApiToken",
    "Appeal",
    "Application",
    "BackupRun",
    "BlockStops",
    "BlockedLink",
    "Board",
    "BoardAccess",
    "BoardApproval",
    "BoardIcon",
    "BoardMerge",
    "BoardRead",
    "BoardWatch",
    "BuiltInGroup",
    "BulkAct",
    "Channel",
    "Conversation",
    "ConversationEvent",
    "ConversationMember",
    "ConversationMessage",
    "Decision",
    "DecisionKind",
    "DeleteBackfill",
    "Digest",
    "Draft",
    "EmailStop",
    "FailureKind",
    "FingerprintMark",
    "FollowedMember",
    "Frequency",
    "Group",
    "GroupMembership",
    "GroupRequest",
    "GroupRight",
    "GuestDraft",
    "HeldEdit",
    "Hold",
    "IgnoredMember",
    "IllegalNotice",
    "InboundMail",
    "Invitation",
    "InvitationState",
    "KnownDomain",
    "LogChange",
    "LogEntry",
    "Mail",
    "MailFailure",
    "MailToken",
    "Member",
    "MemberSession",
    "MemberTitle",
    "MemberWarning",
    "MessageReaction",
    "MovedThread",
    "Notice",
    "NoticeAudience",
    "NoticeBoard",
    "NoticeGroup",
    "NoticePlace",
    "NoticeStyle",
    "NoticedContent",
    "Notification",
    "NotificationChoice",
    "OldName",
    "OutsideCheck",
    "OutsideService",
    "PendingLogin",
    "PendingPush",
    "PeriodCount",
    "Post",
    "PostFingerprint",
    "PostRevision",
    "PostTelling",
    "PreparedReason",
    "Purpose",
    "PushKey",
    "PushSubscription",
    "Reaction",
    "ReactionKind",
    "ReasonFor",
    "RecoveryCode",
    "RegistrationMode",
    "Report",
    "ReportKind",
    "ReviewItem",
    "ReviewKind",
    "ReviewNote",
    "Right",
    "Role",
    "Sanction",
    "SanctionKind",
    "SignupBlock",
    "SignupRecord",
    "SimilarThread",
    "SiteImage",
    "SiteSetting",
    "Smilie",
    "SpamCleaning",
    "SpamModel",
    "SpamSample",
    "SpamWave",
    "StaffNote",
    "Submission",
    "Thread",
    "ThreadEmbedding",
    "ThreadErasure",
    "ThreadMerge",
    "ThreadRead",
    "ThreadRedirect",
    "ThreadSplit",
    "ThreadWatch",
    "ThresholdAct",
    "ToldOf",
    "TwoFactor",
    "UsedProof",
    "Visibility",
    "WarningKind",
    "WarningThreshold",
    "WatchLevel",
    "WhoMayWrite",
]
