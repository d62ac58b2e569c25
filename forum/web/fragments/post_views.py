"""Posts with all that pages show around them: author's card, reactions, and what the reader may do."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from markupsafe import Markup

from forum import permissions
from forum.auth import identity
from forum.infra.text.slugs import path_of
from forum.models import HeldEdit, Member, Post, Role, Visibility
from forum.models.discussion.post import anchor_of, has_place
from forum.moderation.cleaning.plan import may_clean
from forum.moderation.reports.making import may_report_post
from forum.reactions.queries import ReactionCount, Reactions, reactions_on
from forum.relations.actions import may_ignore
from forum.relations.queries import ignored_by
from forum.site.banners import Banner
from forum.site.group_membership import banner_of
from forum.site.queries import Kind, snapshot
from forum.threads.approval import edits, holding
from forum.threads.writing import render as render_source
from forum.web.fragments.fragment_cache import Fragment, cached, render
from forum.web.fragments.view_values import When


class PostPermissions(NamedTuple):
    """What the reader may do with a post."""

    edit: bool
    delete: bool
    undelete: bool
    react: bool
    quote: bool
    history: bool
    report: bool
    withdraw: bool = False
    decide: bool = False
    withdraw_edit: bool = False
    moderate: bool = False
    warn: bool = False
    clean: bool = False


class Reacted:
    """What is shown with its `reactions`."""

    __slots__ = ()
    reactions: tuple[ReactionCount, ...]

    @property
    def reaction_count(self) -> int:
        """How many members reacted."""
        return sum(reaction.count for reaction in self.reactions)

    @property
    def names(self) -> list[str]:
        """The names of up to two members who reacted."""
        return [name for reaction in self.reactions for name in reaction.names][:2]


class WaitingEdit(NamedTuple):
    """The author's edit that waits for approval; what is empty stays as it is."""

    html: str
    title: str

    @classmethod
    def of(cls, edit: HeldEdit) -> "WaitingEdit":
        """An edit, rendered."""
        return cls(render_source(edit.source).html if edit.source else "", edit.title)


class MemberCard(NamedTuple):
    """The card of a post's author."""

    id: int
    username: str
    title: str
    role: str
    joined_at: datetime | None
    message_count: int
    positive_reactions: int
    negative_reactions: int
    country: str
    location: str
    banner: Banner | None = None

    @property
    def path(self) -> str:
        """The path of the author's profile."""
        return path_of("members", self.id, self.username)

    @property
    def is_admin(self) -> bool:
        """Whether the author is an admin."""
        return self.role == Role.ADMIN

    @property
    def is_moderator(self) -> bool:
        """Whether the author is a moderator or an admin."""
        return self.role in {Role.MODERATOR, Role.ADMIN}

    @classmethod
    def of(cls, member: Member) -> "MemberCard":
        """A member's card."""
        return cls(
            id=member.id,
            username=member.username,
            title=snapshot().title_of(member),
            role=member.role,
            joined_at=member.joined_at,
            message_count=member.message_count,
            positive_reactions=member.positive_reactions,
            negative_reactions=member.negative_reactions,
            country=member.country,
            location=member.location,
            banner=banner_of(member),
        )


@dataclass(frozen=True, slots=True)
class PostView(Fragment, Reacted):
    """A post with everything around it; with a token also the form to delete it."""

    template, macro = "_macros/post.html", "post_article"
    id: int
    position: int
    html: str
    visibility: Visibility
    delete_reason: str
    created: When
    edited: When | None
    author: MemberCard
    reactions: tuple[ReactionCount, ...]
    mine: Kind | None
    is_new: bool
    to_member: bool
    can: PostPermissions
    staff_notice: str = ""
    waiting_edit: WaitingEdit | None = None
    is_ignored: bool = False  # the reader ignores the author
    may_ignore: bool = False
    csrf_token: str = ""

    @property
    def path(self) -> str:
        """The post's permalink."""
        return f"/posts/{self.id}"

    @property
    def was_published(self) -> bool:
        """Whether it is or was public, so that it has a place in its thread."""
        return has_place(self.position)

    @property
    def anchor(self) -> str:
        """The id of its element."""
        return anchor_of(self.position, self.id)

    @property
    def is_deleted(self) -> bool:
        """Whether it is deleted."""
        return self.visibility == Visibility.DELETED


@dataclass(frozen=True, slots=True)
class GonePost(Fragment):
    """A placeholder for a deleted post that a link led to."""

    template, macro = "_macros/post.html", "gone_post"
    position: int


def post_article(view: PostView) -> Markup:
    """A post with its author's card, its reactions, and the actions open to the reader."""
    return render(view) if view.csrf_token else cached(view)


def post_views(reader: Member | None, posts: list[Post], read_position: int | None = None) -> list[PostView]:
    """The posts of a page as views for the template; one query for the reactions, one if edits of the reader wait."""
    reactions = reactions_on(posts, reader)
    can = _Can(reader)
    me = reader.id if reader else None
    waiting = edits.waiting_edits(post for post in posts if post.author_id == me)
    return [
        _view(
            reader,
            post,
            reactions.get(post.id, Reactions()),
            is_new=read_position is not None and post.position > read_position and post.author_id != me,
            can=can.of(post),
            edit=waiting.get(post.id),
        )
        for post in posts
    ]


class _Can:
    """What the reader may do with each post of a thread; computed once for posts that are alike."""

    def __init__(self, reader: Member | None) -> None:
        self._reader = reader
        self._by_traits: dict[tuple[int, ...], PostPermissions] = {}

    def of(self, post: Post) -> PostPermissions:
        if self._reader is not None and post.author_id == self._reader.id:
            return _can(self._reader, post)  # the post's age matters too
        traits = (post.visibility, post.position == 1, post.revision_count > 0, post.has_held_edit, post.is_erased)
        allowed = self._by_traits.get(traits)
        if allowed is None:
            allowed = self._by_traits[traits] = _can(self._reader, post)
        return allowed


def _view(
    reader: Member | None,
    post: Post,
    reactions: Reactions,
    *,
    is_new: bool,
    can: PostPermissions,
    edit: HeldEdit | None,
) -> PostView:
    return PostView(
        id=post.id,
        position=post.position,
        html=post.html,
        visibility=Visibility(post.visibility),
        delete_reason=post.delete_reason,
        created=When.of(post.created_at),
        edited=When.of(post.edited_at) if post.edited_at else None,
        author=MemberCard.of(post.author),
        reactions=reactions.counts,
        mine=reactions.mine,
        is_new=is_new,
        to_member=reader is not None,
        can=can,
        staff_notice=post.staff_notice,
        waiting_edit=WaitingEdit.of(edit) if edit is not None else None,
        is_ignored=post.author_id in ignored_by(reader),
        may_ignore=bool(may_ignore(reader, post.author)),
        csrf_token=identity.csrf_token() if can.delete else "",
    )


def _can(reader: Member | None, post: Post) -> PostPermissions:
    window = snapshot().edit_window_minutes
    return PostPermissions(
        edit=not post.is_erased and bool(permissions.may_edit_post(reader, post, window_minutes=window)),
        delete=bool(permissions.may_delete_post(reader, post, window_minutes=window)),
        undelete=post.is_deleted
        and not post.is_erased
        and bool(permissions.may_undelete_post(reader, post, window_minutes=window)),
        react=bool(permissions.may_react(reader, post)),
        quote=post.was_published and bool(permissions.may_reply(reader, post.thread)),
        history=post.revision_count > 0 and bool(permissions.may_see_history(reader, post)),
        withdraw=post.is_held and bool(holding.may_withdraw(reader, post)),
        decide=(post.is_held or post.has_held_edit) and bool(permissions.may_moderate(reader, post.thread)),
        moderate=bool(permissions.may_moderate(reader, post.thread)),
        withdraw_edit=post.has_held_edit and bool(edits.may_withdraw_edit(reader, post)),
        report=bool(may_report_post(reader, post)),
        warn=post.author_id != (reader and reader.id) and bool(permissions.may_moderate(reader, post.thread)),
        clean=bool(may_clean(reader, post.author)),
    )
