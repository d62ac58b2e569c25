"""The models: one table class per file; relations only towards parents."""

from forum.models.api_token import ApiToken
from forum.models.board import Board
from forum.models.board_read import BoardRead
from forum.models.draft import Draft
from forum.models.log_entry import LogEntry
from forum.models.mail import Mail
from forum.models.mail_token import MailToken, Purpose
from forum.models.member import Member, Role
from forum.models.member_session import MemberSession
from forum.models.member_title import MemberTitle
from forum.models.notification import Notification
from forum.models.post import Post
from forum.models.post_revision import PostRevision
from forum.models.reaction import Reaction
from forum.models.reaction_kind import ReactionKind
from forum.models.sanction import Sanction, SanctionKind
from forum.models.similar_thread import SimilarThread
from forum.models.site_setting import SiteSetting
from forum.models.smilie import Smilie
from forum.models.submission import Submission
from forum.models.thread import Thread
from forum.models.thread_meaning import ThreadEmbedding
from forum.models.thread_read import ThreadRead
from forum.models.thread_settling import DeleteBackfill

__all__ = [
    "ApiToken",
    "Board",
    "BoardRead",
    "Draft",
    "LogEntry",
    "Mail",
    "MailToken",
    "Member",
    "MemberSession",
    "MemberTitle",
    "Notification",
    "Post",
    "PostRevision",
    "Purpose",
    "Reaction",
    "ReactionKind",
    "Role",
    "Sanction",
    "SanctionKind",
    "SimilarThread",
    "SiteSetting",
    "Smilie",
    "Submission",
    "Thread",
    "ThreadEmbedding",
    "ThreadRead",
    "DeleteBackfill",
]
