"""Pages to merge a thread into another, and to split posts off."""

from collections.abc import Mapping, Set

from flask import Blueprint, Response, g, make_response, render_template, request

from forum import permissions
from forum.admin.groups.visibility import require_no_wider_posts, require_no_wider_starters
from forum.auth import identity
from forum.boards.queries import tree
from forum.body_limits import takes_text
from forum.infra.errors import Invalid
from forum.infra.paging import positions_on
from forum.infra.text.messages import say
from forum.interfaces import claim_submission
from forum.markup.plain_text import excerpt
from forum.models import Member, Thread, ThreadMerge
from forum.moderation import tools
from forum.moderation.regrouping import long_merges, long_order, merging
from forum.moderation.regrouping.copying import copy_posts
from forum.moderation.regrouping.lookups import find_chosen_board, find_written
from forum.moderation.regrouping.order import MAX_POSTS
from forum.moderation.regrouping.splitting import Destination, split_posts
from forum.schemas.moderation.threads import MergeFormIn
from forum.schemas.writing import MAX_CHOSEN_INPUT, SplitFormIn
from forum.site.queries import snapshot
from forum.threads.queries import find_thread, page_in_thread, stored_on_page
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.forms import (
    Form,
    current_form,
    hidden_field,
    load_form,
    request_value,
    rerenders_on_error,
    submitted_values,
    ticked_ids,
    translated_faults,
)

blueprint = Blueprint("regrouping", __name__)
MAX_WRITTEN = 1000  # characters of an address
EXCERPT = 140  # characters


@blueprint.get("/threads/<int:thread_id>-<slug>/merge")
def merge_page(thread_id: int, slug: str) -> Response | str:
    """Ask for the thread to merge this one into, and show what will happen; how far it is, if it is being merged."""
    if (running := _running(thread_id)) is not None:
        return see(running.path)
    actor, thread = _moderated(thread_id)
    form = current_form(into=request_value("into", most=MAX_WRITTEN) or None)
    into = None
    if form.value("into") and not form.errors_of("into"):
        try:
            into = _other(actor, thread, form.value("into"))
        except Invalid as error:
            form = Form(form.values, translated_faults(error))
    elif form.slug == "wider":
        into = _other(actor, thread, form.value("into"))
    crumbs = snapshot().tree.ancestors_of(thread.board_id)
    lasts = into is not None and long_order.is_long(thread, into)
    return render_template("moderation/merge.html", thread=thread, into=into, form=form, crumbs=crumbs, lasts=lasts)


@blueprint.post("/threads/<int:thread_id>-<slug>/merge")
@rerenders_on_error(merge_page)
def merge(thread_id: int, slug: str) -> Response:
    """Merge a thread into another, or begin to, if it is long."""
    if (running := _running(thread_id)) is not None:  # the button was pressed twice
        return see(running.path)
    actor, thread = _moderated(thread_id)
    given = load_form(MergeFormIn)
    into = _other(actor, thread, given["into"])
    if not hidden_field("wider"):
        require_no_wider_posts("into", [thread.board_id], into.board_id, posts=thread.reply_count + 1)
        require_no_wider_starters("into", [thread], into)
    begun = long_merges.merge_or_begin(actor, thread, into, redirect_days=given["redirect_days"])
    if begun is not None:
        return see(begun.path)
    return toasts.with_toast(see(into.path), "threads-merged")


@blueprint.get("/moderation/merges/<int:entry_id>")
def show_merge(entry_id: int) -> Response:
    """Show how far the merge of two long threads is."""
    progress = long_merges.find(identity.member(), entry_id)
    response = make_response(render_template("moderation/merged.html", progress=progress))
    if progress.is_running:
        response.headers["Refresh"] = "2"
    return response


def _running(thread_id: int) -> ThreadMerge | None:
    """The merge that moves the posts of a thread that the actor moderates, or posts to it."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    may = thread.is_being_merged and permissions.may_moderate_in(actor, thread.board)
    return long_merges.running_of(thread) if may else None


def _other(actor: Member, thread: Thread, text: str) -> Thread:
    into = find_written(actor, "into", text)
    if into.id == thread.id:
        raise Invalid({"into": [merging.SAME_THREAD]})
    return into


@blueprint.get("/threads/<int:thread_id>-<slug>/split")
def split_page(thread_id: int, slug: str) -> str:
    """Show a page of a thread's posts to choose those to split off; what was chosen on other pages is kept."""
    actor, thread = _moderated(thread_id)
    form = current_form(board=thread.board_id)
    number = int(form.value("page")) if form.value("page").isdecimal() else page_number()
    page = page_in_thread(actor, thread, number)
    posts = [post for post in stored_on_page(actor, thread, page.number) if permissions.may_see_post(actor, post)]
    chosen, here = _chosen(form.values), {post.id for post in posts}
    boards = [board for board in tree(actor) if not board.is_category and tools.may_move_to(actor, board)]
    return render_template(
        "moderation/split.html",
        thread=thread,
        crumbs=snapshot().tree.ancestors_of(thread.board_id),
        form=form,
        page=page,
        positions=positions_on(page.number),
        posts=[(post, excerpt(post.html, EXCERPT), post.id in chosen) for post in posts],
        elsewhere=sorted(chosen - here),
        chosen=len(chosen),
        boards=[(board.id, board.title) for board in boards],
    )


@blueprint.post("/threads/<int:thread_id>-<slug>/split")
@takes_text
@rerenders_on_error(split_page)
def split(thread_id: int, slug: str) -> Response | str:
    """Split the chosen posts off, or show another page of the posts."""
    actor, thread = _moderated(thread_id)
    turn = hidden_field("turn")
    if turn.isdecimal():
        g.form = Form(submitted_values() | {"page": turn})
        return split_page(thread_id, slug)
    given, chosen = load_form(SplitFormIn), _chosen(submitted_values())
    if given["copies"]:
        return _copy(actor, thread, given, chosen)
    to = _destination(actor, given)
    board_id = to.into.board_id if to.into else to.board.id if to.board else thread.board_id
    if not hidden_field("wider"):
        require_no_wider_posts("into" if to.into else "board", [thread.board_id], board_id, posts=len(chosen))
        if to.into is not None:
            require_no_wider_starters("into", [thread], to.into)
    target = split_posts(actor, thread, chosen, to)
    return toasts.with_toast(see(target.path), "posts-split", len(chosen))


def _copy(actor: Member, thread: Thread, given: Mapping[str, object], chosen: Set[int]) -> Response:
    if str(given["into"]).strip():
        raise Invalid({"into": [say("Posts can only be copied to a new thread. Empty this field.")]})
    content = f"copy:{thread.id}\n{given}\n{sorted(chosen)}"
    claim = claim_submission(actor, hidden_field("submit_key"), content=content)
    if claim.earlier is not None:
        return see(claim.earlier.location)
    board = find_chosen_board(actor, "board", int(str(given["board"] or 0)))
    if not hidden_field("wider"):
        require_no_wider_posts("board", [thread.board_id], board.id, posts=len(chosen))
    made = copy_posts(actor, thread, board=board, title=str(given["title"]), post_ids=chosen)
    claim.answered(status=303, location=made.path)
    return toasts.with_act(see(made.path), "thread-copied")


def _destination(actor: Member, given: Mapping[str, object]) -> Destination:
    if str(given["into"]).strip():
        return Destination(into=find_written(actor, "into", str(given["into"])))
    board = find_chosen_board(actor, "board", int(str(given["board"] or 0)))
    return Destination(str(given["title"]), board)


def _chosen(values: Mapping[str, str]) -> Set[int]:
    """The ids of the posts that are ticked on the page that was sent, or were on others."""
    kept = values.get("chosen", "")[:MAX_CHOSEN_INPUT].split(",")
    ids = {int(text) for text in kept if text.isdecimal() and len(text) < 10}
    return frozenset([*ids, *(ticked_ids("post") if request.method == "POST" else [])][: MAX_POSTS * 2])


def _moderated(thread_id: int) -> tuple[Member, Thread]:
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    permissions.require(permissions.may_moderate(actor, thread))
    return actor, thread
