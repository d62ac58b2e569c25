"""Move a member's posts, reactions and threads to the account with which theirs is merged."""

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import joinedload

from forum import page_versions
from forum.accounts.erased_posts import next_post, store_source
from forum.infra.database.core_statements import without_index
from forum.infra.database.db import session
from forum.models import Member, Post, Reaction, Thread
from forum.notifications import actions as notifications
from forum.reactions.actions import count_reaction
from forum.threads import counters

SCANNED_THREADS = 1000
NAMED = ("starter_id", "last_poster_id", "base_last_poster_id")
LOCKING = {"posts", "reactions", "threads", "mentions"}


def move_posts(after: int, member: Member, target: Member) -> int | None:
    """Move the member's next post with its counts; a reaction that the target gave to it is withdrawn."""
    post, reached = next_post(after, without_index(Post.author_id) == member.id)
    if post is not None:
        page_versions.lock_thread(post.thread, post)
        _withdraw(target, post)
        counters.change_author(post, target.id)
    return reached


def move_reactions(after: int, member: Member, target: Member) -> int | None:
    """Move the member's next reaction, unless it is to the target's post or the target has reacted, too."""
    reaction = session.scalars(select(Reaction).where(Reaction.member_id == member.id).limit(1)).first()
    if reaction is None:
        return None
    post_id = reaction.post_id
    wanted = select(Post).where(Post.id == post_id).options(joinedload(Post.thread).joinedload(Thread.board))
    post = session.scalars(wanted).one()
    page_versions.lock_thread(post.thread, post)
    if post.author_id == target.id or session.get(Reaction, (post_id, target.id)) is not None:
        _withdraw(member, post)
    else:
        reaction.member_id = target.id
        session.flush()
    return 0


def are_any_left(member: Member) -> bool:
    """Whether posts, reactions or threads are still the member's."""
    theirs = (Post.author_id == member.id, Reaction.member_id == member.id, Thread.starter_id == member.id)
    return session.scalar(select(or_(*(select(true()).where(each).exists() for each in theirs)))) or False


def _withdraw(member: Member, post: Post) -> None:
    reaction = session.get(Reaction, (post.id, member.id))
    if reaction is None:
        return
    kind_id = reaction.kind_id
    session.delete(reaction)
    session.flush()
    if post.is_public:
        count_reaction(post, kind_id, -1)
    notifications.withdraw_reaction(member, post)


def move_threads(after: int, member: Member, target: Member) -> int | None:
    """Move the next thread that the member started, or in which an archive says that they were the last."""
    upto = after + SCANNED_THREADS
    is_theirs = or_(*(getattr(Thread, name) == member.id for name in NAMED))
    part = select(Thread).where(Thread.id > after, Thread.id <= upto, is_theirs)
    thread = session.scalars(part.order_by(Thread.id).limit(1)).first()
    if thread is None:
        return upto if upto < (session.scalar(select(func.max(Thread.id))) or 0) else None
    page_versions.lock_thread(thread)
    page_versions.bump_board(thread.board_id)
    for name in NAMED:
        if getattr(thread, name) == member.id:
            setattr(thread, name, target.id)
    session.flush()
    return thread.id


def render_mentions(after: int, member: Member, target: Member) -> int | None:
    """Render the next post again that links to the member's profile: their name is a former one of the target now."""
    post, reached = next_post(after, Post.html.contains(f'"/members/{member.id}-', autoescape=True))
    if post is not None:
        page_versions.lock_thread(post.thread, post)
        store_source(post, post.source)
    return reached
