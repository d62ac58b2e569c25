"""Posts with traits pages show around them: author's title, reactions, and traits the reader may do."""

from dataclasses import dataclass

from forum import permissions
from forum.models import Member, Post
from forum.permissions import Verdict
from forum.reactions.queries import PostReactions, ReactionCount, reactions_on
from forum.site.queries import Kind, snapshot


@dataclass(frozen=True)
class PostPermissions:
    """What the reader may do with a post."""

    edit: Verdict
    delete: Verdict
    undelete: Verdict
    react: Verdict
    quote: Verdict
    history: Verdict


@dataclass(frozen=True)
class PostView:
    """A post with everything around it."""

    post: Post
    author: Member
    title: str
    reactions: list[ReactionCount]
    mine: Kind | None
    is_new: bool
    can: PostPermissions

    @property
    def reaction_count(self) -> int:
        """How many members reacted."""
        return sum(each.count for each in self.reactions)

    @property
    def names(self) -> list[str]:
        """The names of up to two members who reacted."""
        return [name for each in self.reactions for name in each.names][:2]


def post_views(reader: Member | None, posts: list[Post], read_position: int | None = None) -> list[PostView]:
    """The posts of a page as views for the template; one query, for the reactions."""
    reactions = reactions_on(posts, reader)
    can = _Can(reader)
    me = reader.id if reader else None
    return [
        _view(
            post,
            reactions.get(post.id, PostReactions()),
            is_new=read_position is not None and post.position > read_position and post.author_id != me,
            can=can.of(post),
        )
        for post in posts
    ]


class _Can:
    """What the reader may do with each post of a thread; computed once for posts that are alike."""

    def __init__(self, reader: Member | None) -> None:
        self._reader = reader
        self._by_traits: dict[tuple[bool, ...], PostPermissions] = {}

    def of(self, post: Post) -> PostPermissions:
        if self._reader is not None and post.author_id == self._reader.id:
            return _can(self._reader, post)  # the post's age matters too
        traits = (post.is_deleted, post.position == 1, post.revision_count > 0)
        found = self._by_traits.get(traits)
        if found is None:
            found = self._by_traits[traits] = _can(self._reader, post)
        return found


def _view(post: Post, reactions: PostReactions, *, is_new: bool, can: PostPermissions) -> PostView:
    return PostView(
        post,
        post.author,
        snapshot().title_of(post.author),
        list(reactions.counts),
        reactions.mine,
        is_new,
        can,
    )


def _can(reader: Member | None, post: Post) -> PostPermissions:
    window = snapshot().edit_window_minutes
    return PostPermissions(
        edit=permissions.may_edit_post(reader, post, window_minutes=window),
        delete=permissions.may_delete_post(reader, post, window_minutes=window),
        undelete=permissions.may_undelete_post(reader, post, window_minutes=window)
        if post.is_deleted
        else permissions.HIDDEN,
        react=permissions.may_react(reader, post),
        quote=permissions.may_reply(reader, post.thread),
        history=permissions.may_see_history(reader, post) if post.revision_count else permissions.HIDDEN,
    )
