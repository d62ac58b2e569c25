"""Reading threads and replying to them."""

from flask import Blueprint, Response, g, redirect, render_template, request
from werkzeug import Response as AnyResponse

from forum import permissions
from forum.auth import identity
from forum.boards.recent_blocks import RecentBlocks, recent_for_rail, top_boards, without_muted
from forum.body_limits import takes_text
from forum.infra.paging import Page, page_of, positions_on
from forum.interfaces import CacheableGuestPage, allow_guest_caching, claim_submission
from forum.models import Member, Thread
from forum.moderation.long_threads.progress import notice_of
from forum.notifications import marks as notification_marks
from forum.presence import views
from forum.presence.queries import Viewers
from forum.schemas.writing import PostIn
from forum.similar.queries import similar_to
from forum.site.queries import snapshot
from forum.threads import actions, guest_drafts, queries, read_marks
from forum.watching.queries import watches_of
from forum.web import toasts
from forum.web.addresses import canonical_redirect, page_number, see
from forum.web.discussion.new_replies import parse_position
from forum.web.discussion.quotes import quoted_draft, text_again
from forum.web.discussion.viewers import viewers_of
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error
from forum.web.fragments.ignoring import without_ignored
from forum.web.fragments.thread_posts import posts_of, waiting_posts
from forum.web.fragments.view_values import ThreadView
from forum.web.prefetch import is_prefetch
from forum.web.unsent import guest_composer, keep_for_guest, keeps_unsent

blueprint = Blueprint("threads", __name__)
POSITION_DIGITS = 9
VIEWERS_TEMPLATE = "thread/_viewers_text.html"


@blueprint.get("/threads/<int:thread_id>")
@blueprint.get("/threads/<int:thread_id>-<slug>")
def show(thread_id: int, slug: str = "") -> AnyResponse | str:
    """Show a page of a thread."""
    actor = identity.visitor()
    opened = queries.open_thread(actor, thread_id)
    thread = opened.thread
    if "form" not in g and (answer := canonical_redirect(thread.path)) is not None:
        return answer
    page = queries.page_in_thread(actor, thread, _page_to_show(actor, thread))
    posts, missing = posts_of(actor, opened, page.number, gone=_gone(thread)), _missing(thread, page)
    if not posts.count and not missing:
        return redirect(queries.nearest_address(thread, page.number), 302)
    html = render_template(
        "thread/thread.html",
        thread=thread,
        thread_view=ThreadView.of(thread),
        crumbs=snapshot().tree.ancestors_of(thread.board_id),
        posts=posts,
        waiting=waiting_posts(actor, opened) if page.number >= page_of(thread.last_visible_position) else "",
        unmarked=posts.last if actor and is_prefetch() else 0,
        page=page,
        missing=missing,
        viewers=_viewers(actor, thread),
        similar=without_ignored(actor, similar_to(actor, thread), lambda similar: similar.starter_id),
        rail=_rail(actor),
        can_moderate=permissions.may_moderate(actor, thread),
        **_reply_form(actor, opened),
    )
    if not is_prefetch():
        _record_visit(actor, opened, page, posts.last)
    return html


def _viewers(actor: Member | None, thread: Thread) -> Viewers:
    """Who is viewing, including the reader; what a guest sees is shared with other guests."""
    viewers = viewers_of(thread)
    if actor is None:
        allow_guest_caching(
            CacheableGuestPage(
                f"thread:{thread.id}",
                thread.board_id,
                thread.id,
                render_template(VIEWERS_TEMPLATE, viewers=viewers),
                VIEWERS_TEMPLATE,
            )
        )
    return viewers


def _reply_form(actor: Member | None, opened: queries.ThreadWithReaderState) -> dict[str, object]:
    return {
        "watch": opened.watch if actor else "",
        "merging": notice_of(actor, opened.thread),
        "can_reply": permissions.may_reply(actor, opened.thread),
        "can_write_first": actor is None and guest_drafts.may_reply_first(opened.thread),
        "form": current_form(body=quoted_draft(actor, text_again(actor) or opened.draft) if actor else None),
        "draft_place": f"thread:{opened.thread.id}",
        "has_draft": bool(opened.draft),
        "has_unread": (opened.read_position or opened.thread.last_position) < opened.thread.last_visible_position,
    }


def _rail(actor: Member | None) -> RecentBlocks:
    site = snapshot()
    version = (site.version, site.removals)
    shown = recent_for_rail(top_boards(site.guest_tree), version=version, for_member=actor is not None)
    return without_muted(shown, watches_of(actor))


def _missing(thread: Thread, page: Page) -> int:
    """How many of the page's posts exist only as a count, without their content."""
    first, last = positions_on(page.number)
    return max(0, min(thread.base_post_count, last) - first + 1)


def _page_to_show(actor: Member | None, thread: Thread) -> int:
    """The requested page; for a refused reply the last page, which contains the form."""
    return queries.last_page(actor, thread) if "form" in g else page_number()


def _gone(thread: Thread) -> int:
    """The position of a deleted post that a link led to; 0 if there is none."""
    text = request.args.get("deleted", "")
    position = int(text) if text.isascii() and text.isdigit() and len(text) <= POSITION_DIGITS else 0
    return position if position and queries.is_deleted_position(thread, position) else 0


def _record_visit(actor: Member | None, opened: queries.ThreadWithReaderState, page: Page, seen: int) -> None:
    views.count_view(opened.thread.id, identity.visitor_key())
    if actor is None or "form" in g or identity.viewed_groups() is not None:
        return
    if opened.has_notifications:
        notification_marks.mark_read(actor, opened.thread, *positions_on(page.number))
    if seen > (opened.read_position or 0):
        read_marks.mark_read(actor, opened.thread, seen)


@blueprint.get("/threads/<int:thread_id>-<slug>/reply")
def reply_page(thread_id: int, slug: str) -> AnyResponse | str:
    """Show guests the composer for a reply, which they can post once they have logged in; members the thread's."""
    actor = identity.visitor()
    if actor is not None and "form" in g:
        return show(thread_id, slug)
    thread = queries.find_thread(actor, thread_id)
    if actor is not None:
        return see(f"{thread.path}?page={queries.last_page(actor, thread)}#reply")
    permissions.require(guest_drafts.may_reply_first(thread))
    crumbs = snapshot().tree.ancestors_of(thread.board_id)
    return guest_composer(f"thread:{thread.id}", action=f"{thread.path}/reply", thread=thread, crumbs=crumbs)


@blueprint.post("/threads/<int:thread_id>-<slug>/reply")
@takes_text
@rerenders_on_error(reply_page)
@keeps_unsent("thread")
def reply(thread_id: int, slug: str) -> Response:
    """Add a member's post, or keep a guest's; sending the same form again does not add another."""
    actor = identity.visitor()
    thread = queries.find_thread(actor, thread_id)
    if actor is None:
        permissions.require(guest_drafts.may_reply_first(thread))
        return keep_for_guest(f"thread:{thread.id}", **load_form(PostIn))
    body = load_form(PostIn)["body"]
    claim = claim_submission(actor, hidden_field("submit_key"), content=f"thread:{thread.id}\n{body}")
    if claim.earlier is not None:
        return see(claim.earlier.location)
    seen = parse_position(hidden_field("seen"))
    post = actions.reply(actor, thread, body=body, seen=seen)
    address = queries.address_of(post)
    claim.answered(status=303, location=address)
    if post.is_held:
        return toasts.with_toast(see(address), "reply-held")
    missed, first = queries.unseen_before(actor, post, seen=seen)
    return toasts.with_toast(see(address), "replied-over", missed, first) if missed else see(address)


@blueprint.get("/threads/<int:thread_id>-<slug>/unread")
def unread(thread_id: int, slug: str) -> Response:
    """Redirect to where the member left off reading."""
    actor = identity.visitor()
    return see(queries.unread_address(actor, queries.find_thread(actor, thread_id)))


@blueprint.get("/threads/<int:thread_id>-<slug>/latest")
def latest(thread_id: int, slug: str) -> Response:
    """Redirect to the thread's last post."""
    return see(queries.latest_address(queries.find_thread(identity.visitor(), thread_id)))
