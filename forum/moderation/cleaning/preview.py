"""What a cleaning would do, counted exactly before it is begun; and the link domains that it can block."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, not_, select
from sqlalchemy.orm import contains_eager, load_only

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Member, Post, Reaction, ReviewItem, Thread, Visibility
from forum.moderation import reviews
from forum.moderation.cleaning import targets
from forum.moderation.cleaning.plan import MAX_LISTED, OLD_FROM_POSTS, Plan, cleaned_boards
from forum.moderation.cleaning.removing import REMOVED_TEXT
from forum.spam.blocked_links import is_own
from forum.spam.link_domains import domains_in, with_parents

SHOWN_POSTS = 5  # the newest, on the page
READ_POSTS = 500  # the newest of the member, in which link domains are looked for
COMPARED_POSTS = 5000  # the newest of the forum, in which old members may link to the same domains
COMMON_FROM_MEMBERS = 3  # old members who link to a domain, from which on it is not offered ticked


@dataclass(frozen=True)
class Preview:
    """How many of what a cleaning would remove."""

    threads: int = 0  # with nothing of others, as a whole
    replies: int = 0  # of theirs in these
    posts: int = 0  # in threads that stay
    first_posts: int = 0  # of threads in which others have written: blanked
    reactions: int = 0
    cases: int = 0
    elsewhere: int = 0  # posts in boards that the moderator does not clean

    @property
    def total(self) -> int:
        """The number of rows that the cleaning goes through."""
        return self.threads + self.posts + self.first_posts + self.reactions + self.cases


@dataclass(frozen=True)
class LinkDomain:
    """A domain to which a member links: in how many of their posts, and how many old members link to it."""

    domain: str
    posts: int
    old_members: int

    @property
    def is_common(self) -> bool:
        """Whether it is rather not spam, so that it is not offered ticked."""
        return self.old_members >= COMMON_FROM_MEMBERS


def preview(actor: Member, member: Member, plan: Plan) -> Preview:
    """What a cleaning would remove, as of now."""
    boards = cleaned_boards(actor)
    here, whole = targets.in_boards(boards), targets.whole_threads(member.id, plan)
    posts = select(func.count()).select_from(Post).join(Thread, Thread.id == Post.thread_id)
    theirs = posts.where(*targets.own_posts(member.id, plan))
    chosen = in_list(Thread.visibility, targets.states(plan))
    going = whole.where(here, chosen, *_unmoved(plan))
    staying = theirs.where(here, Thread.id.not_in(whole)) if plan.posts or plan.pending else None
    count = {
        "threads": _number(select(func.count()).select_from(going.subquery())),
        "replies": _number(theirs.where(Post.position > 1, Thread.id.in_(going))),
        "elsewhere": _number(theirs.where(not_(here))),
        "reactions": _reactions(member, plan, here) if plan.reactions else 0,
        "cases": _cases(actor, member, plan) if plan.pending else 0,
    }
    if staying is not None:
        count["posts"] = _number(staying.where(Post.position != 1))
        count["first_posts"] = _number(staying.where(_is_blanked(plan)))
    return Preview(**count)


def _unmoved(plan: Plan) -> list[ColumnElement[bool]]:
    """Held threads are deleted in any case, others moved unless they are there already."""
    is_held = Thread.visibility == Visibility.HELD.value
    return [is_held | (Thread.board_id != plan.board_id)] if plan.board_id is not None else []


def _is_blanked(plan: Plan) -> ColumnElement[bool]:
    is_public = Post.visibility == Visibility.PUBLIC.value if plan.posts else Post.id < 0
    return and_(Post.position == 1, is_public, Post.source != REMOVED_TEXT)


def _number(counting: object) -> int:
    return session.scalar(counting) or 0  # type: ignore[call-overload]


def _reactions(member: Member, plan: Plan, here: ColumnElement[bool]) -> int:
    given = select(func.count()).select_from(Reaction).join(Post, Post.id == Reaction.post_id)
    given = given.join(Thread, Thread.id == Post.thread_id).where(*targets.own_reactions(member.id, plan))
    return _number(given.where(here))


def _cases(actor: Member, member: Member, plan: Plan) -> int:
    decidable = reviews.reviewable_columns(actor, func.count())
    return _number(decidable.where(ReviewItem.id.in_(targets.open_cases(member.id, plan))))


def newest_posts(actor: Member, member: Member, plan: Plan) -> list[Post]:
    """The newest of the posts that a cleaning would remove, with their threads."""
    if not (plan.posts or plan.pending):
        return []
    theirs = select(Post).join(Post.thread).where(*targets.own_posts(member.id, plan))
    here = theirs.where(targets.in_boards(cleaned_boards(actor)), Post.source != REMOVED_TEXT)
    newest = here.order_by(Post.created_at.desc(), Post.id.desc()).limit(SHOWN_POSTS)
    return list(session.scalars(newest.options(contains_eager(Post.thread))))


def link_domains(actor: Member, member: Member, plan: Plan, *, own_host: str) -> list[LinkDomain]:
    """The domains to which the member's newest posts of the period link, the most frequent first, without our own."""
    everything = plan if plan.posts or plan.pending else Plan(since=plan.since)
    rows = select(Post.html).join(Thread, Thread.id == Post.thread_id)
    rows = rows.where(*targets.own_posts(member.id, everything), targets.in_boards(cleaned_boards(actor)))
    newest = session.scalars(rows.order_by(Post.created_at.desc(), Post.id.desc()).limit(READ_POSTS)).all()
    found = Counter(domain for html in newest for domain in domains_in(html))
    most = [(domain, number) for domain, number in found.most_common() if not is_own(domain, own_host)][:MAX_LISTED]
    others = _old_members_linking([domain for domain, _ in most])
    return [LinkDomain(domain, number, others[domain]) for domain, number in most]


def _old_members_linking(domains: Sequence[str]) -> dict[str, int]:
    """How many old members link to each domain, or to one below it, in the newest posts of the forum."""
    linking: dict[str, set[int]] = {domain: set() for domain in domains}
    if domains:
        last = session.scalar(select(func.max(Post.id))) or 0
        posts = select(Post).join(Thread, Thread.id == Post.thread_id).join(Member, Member.id == Post.author_id)
        posts = posts.where(Post.id > last - COMPARED_POSTS, Post.is_public, Thread.is_public)
        posts = posts.where(Member.message_count >= OLD_FROM_POSTS, Post.html.contains('href="http'))
        for post in session.scalars(posts.options(load_only(Post.author_id, Post.html))):
            for domain in linking.keys() & {name for found in domains_in(post.html) for name in with_parents(found)}:
                linking[domain].add(post.author_id)
    return {domain: len(members) for domain, members in linking.items()}
