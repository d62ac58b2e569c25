"""Cached fragments around the posts: page header, thread head, sidebar and composer."""

from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from forum import permissions
from forum.auth import identity
from forum.infra.paging import Page
from forum.infra.text.messages import say_many
from forum.interfaces import translate
from forum.models import Member
from forum.models.site_setting import OPEN_TO_ALL
from forum.moderation.open_count import waiting_count
from forum.notifications.queries import unseen_count
from forum.site.images import Picture
from forum.site.queries import Kind, snapshot
from forum.verdicts import Verdict
from forum.watching.by_mail import ByMail, levels_by_mail
from forum.web.addresses import back
from forum.web.fragments.fragment_cache import Fragment, cached, render
from forum.web.fragments.thread_posts import Posts
from forum.web.fragments.view_values import MemberName, ThreadView

MAX_COUNTED_REPLIES = 100  # new replies to an open thread
SECTION_PATHS = ("/whats-new", "/members", "/search")  # sections the header links to
FORUM_PATHS = ("/boards", "/threads")


@dataclass(frozen=True, slots=True)
class Header(Fragment):
    """The header bar; for a member it is the same in all threads until their count of notifications changes."""

    template, macro = "_header.html", "header"
    site_name: str
    logos: tuple[Picture, ...]
    visitor: MemberName | None
    unseen: int  # notifications
    conversations: int  # in which something is unread
    may_see_members: bool
    may_see_log: bool
    may_administer: bool
    waiting: int | None  # for the visitor's decision; None if they do not moderate
    may_register: bool
    section: str
    login_query: str


@dataclass(frozen=True, slots=True)
class ThreadHead(Fragment):
    """Title, starter, counts and pagination of a thread; with a token also the moderators' tools."""

    template, macro = "thread/_head.html", "thread_head"
    thread: ThreadView
    page: Page
    can_reply: bool
    has_unread: bool
    watch: str = ""  # a level; empty for guests
    by_mail: tuple[ByMail, ...] = ()  # the levels by mail that are offered
    csrf_token: str = ""


@dataclass(frozen=True, slots=True)
class ThreadCounts(Fragment):
    """The tab's title, the counts and the pagination of a thread, for pages that are open."""

    template, macro = "thread/_counts.html", "thread_counts"
    thread: ThreadView
    page: Page
    site_name: str


@dataclass(frozen=True, slots=True)
class ThreadAbout(Fragment):
    """A thread's statistics and its posters' avatars, for the sidebar."""

    template, macro = "thread/_about.html", "thread_about"
    thread: ThreadView
    post_count: int
    faces: tuple[MemberName, ...]


@dataclass(frozen=True, slots=True)
class ThreadSnippets(Fragment):
    """What the thread's script inserts into the page, with translated texts."""

    template, macro = "thread/_snippets.html", "thread_snippets"
    reaction_kinds: tuple[Kind, ...]
    to_member: bool
    reply_counts: tuple[tuple[str, ...], str]  # forms of "%(num)d new replies", and which is that of 1, 2, 3 …


@dataclass(frozen=True, slots=True)
class EmptyComposer(Fragment):
    """The empty reply form; `place` is where its draft is stored."""

    template, macro = "thread/_composer.html", "empty_composer"
    place: str
    with_images: bool


@dataclass(frozen=True, slots=True)
class Tools(Fragment):
    """The composer's toolbar."""

    template, macro = "_tools.html", "tools"
    with_images: bool


@dataclass(frozen=True, slots=True)
class Footer(Fragment):
    """The footer of all pages."""

    template, macro = "_footer.html", "footer"
    has_privacy: bool


def header(visitor: Member | None, here: str) -> Markup:
    """The header bar of a page."""
    return cached(
        Header(
            site_name=snapshot().name,
            logos=snapshot().logos,
            visitor=MemberName.of(visitor) if visitor else None,
            unseen=unseen_count(visitor) if visitor else 0,
            conversations=visitor.unread_conversations if visitor else 0,
            may_see_members=bool(permissions.may_see_members(visitor)),
            may_see_log=bool(permissions.may_see_log(visitor)),
            may_administer=bool(permissions.may_open_administration(visitor)),
            waiting=waiting_count(visitor),
            may_register=visitor is None and snapshot().registration in OPEN_TO_ALL,
            section="/"
            if here == "/" or here.startswith(FORUM_PATHS)
            else next(filter(here.startswith, SECTION_PATHS), ""),
            login_query="" if visitor else back(),
        )
    )


def thread_head(
    thread: ThreadView, page: Page, *, can_reply: Verdict, has_unread: bool, can_moderate: Verdict, watch: str
) -> Markup:
    """The head of a thread's page."""
    token = identity.csrf_token() if can_moderate else ""
    by_mail = levels_by_mail(identity.visitor()) if watch else ()
    view = ThreadHead(thread, page, bool(can_reply), has_unread, watch, by_mail, token)
    return render(view) if token else cached(view)


def thread_about(thread: ThreadView, posts: Posts) -> Markup:
    """A thread's statistics in the sidebar."""
    return cached(ThreadAbout(thread, posts.count, posts.faces))


def thread_counts(thread: ThreadView, page: Page, count: int, faces: tuple[MemberName, ...]) -> Markup:
    """What changes with each reply around the posts of an open page, and is the same for all readers."""
    return cached(ThreadCounts(thread, page, snapshot().name)) + cached(ThreadAbout(thread, count, faces))


def thread_snippets(*, to_member: bool) -> Markup:
    """What the thread's script inserts into the page."""
    return cached(ThreadSnippets(snapshot().reaction_kinds, to_member, _reply_counts(snapshot().language)))


@lru_cache(maxsize=16)
def _reply_counts(_: str) -> tuple[tuple[str, ...], str]:
    """How many new replies there are, for scripts, which do not know a language's plural forms."""
    texts = [
        translate(say_many("%(num)d new reply", "%(num)d new replies", number)).replace(str(number), "{num}")
        for number in range(1, MAX_COUNTED_REPLIES + 1)
    ]
    forms = sorted(set(texts))
    return tuple(forms), "".join(str(forms.index(text)) for text in texts)


def empty_composer(place: str) -> Markup:
    """The empty reply form."""
    return cached(EmptyComposer(place, snapshot().remote_images))


def tools() -> Markup:
    """The composer's toolbar."""
    return cached(Tools(snapshot().remote_images))


def footer() -> Markup:
    """The footer of a page."""
    return cached(Footer(has_privacy=bool(snapshot().privacy)))
