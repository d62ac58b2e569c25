"""The page to split posts off a thread, and to copy them."""

from collections.abc import Mapping, Set
from typing import Any

from flask import Blueprint, Response, g, render_template, request

from forum import permissions
from forum.admin.groups.visibility import require_no_wider_posts, require_no_wider_starters
from forum.boards.queries import tree
from forum.body_limits import takes_text
from forum.infra.errors import Invalid
from forum.infra.paging import positions_on
from forum.infra.text.messages import say
from forum.interfaces import claim_submission
from forum.markup.plain_text import excerpt
from forum.models import Member, Thread
from forum.moderation import tools
from forum.moderation.long_threads import splits
from forum.moderation.regrouping import choosing
from forum.moderation.regrouping.choosing import Choice
from forum.moderation.regrouping.copying import copy_posts
from forum.moderation.regrouping.lookups import find_chosen_board, find_written
from forum.moderation.regrouping.order import MAX_POSTS
from forum.moderation.regrouping.splitting import Destination, checked_destination
from forum.schemas.writing import MAX_CHOSEN_INPUT, SplitFormIn
from forum.site.queries import snapshot
from forum.threads.queries import page_in_thread, stored_on_page
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.forms import (
    Form,
    current_form,
    hidden_field,
    load_form,
    rerenders_on_error,
    submitted_values,
    ticked_ids,
)
from forum.web.moderation.regrouping.merging import moderated, running_page

blueprint = Blueprint("splitting", __name__)
EXCERPT = 140  # characters


@blueprint.get("/threads/<int:thread_id>-<slug>/split")
def split_page(thread_id: int, slug: str) -> Response | str:
    """Show a page of a thread's posts to choose those to split off; what was chosen on other pages is kept."""
    if running := running_page(thread_id):
        return see(running)
    actor, thread = moderated(thread_id)
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
    """Split the chosen posts off, or show what that will do, or another page of the posts."""
    if running := running_page(thread_id):  # the button was pressed twice
        return see(running)
    actor, thread = moderated(thread_id)
    turn = hidden_field("turn")
    if turn.isdecimal():
        g.form = Form(submitted_values() | {"page": turn})
        return split_page(thread_id, slug)
    given = load_form(SplitFormIn)
    choice = _choice(given)
    if given["copies"]:
        return _copy(actor, thread, given, choice)
    to = _destination(actor, given)
    preview = splits.preview(thread, choice, to)
    _require_no_wider(thread, to, posts=preview.number)
    if not hidden_field("sure") and (preview.is_long or choice.first or choice.last):
        return _preview(actor, thread, to, preview)
    made = splits.split_or_begin(actor, thread, choice, to)
    if isinstance(made, Thread):
        return toasts.with_toast(see(made.path), "posts-split", preview.number)
    return see(made.path)


def _preview(actor: Member, thread: Thread, to: Destination, preview: splits.Preview) -> str:
    """Ask whether posts are to be moved, and say how many."""
    checked_destination(actor, to)
    return render_template(
        "moderation/split_preview.html",
        thread=thread,
        crumbs=snapshot().tree.ancestors_of(thread.board_id),
        form=Form(submitted_values()),
        preview=preview,
        others=thread.last_position - preview.first + 1 - preview.number,
        to=to,
        chosen=sorted(_chosen(submitted_values())),
    )


def _require_no_wider(thread: Thread, to: Destination, *, posts: int) -> None:
    """Ask again before more people see the posts."""
    if hidden_field("wider"):
        return
    board_id = to.into.board_id if to.into else to.board.id if to.board else thread.board_id
    require_no_wider_posts("into" if to.into else "board", [thread.board_id], board_id, posts=posts)
    if to.into is not None:
        require_no_wider_starters("into", [thread], to.into)


def _copy(actor: Member, thread: Thread, given: Mapping[str, Any], choice: Choice) -> Response:
    if str(given["into"]).strip():
        raise Invalid({"into": [say("Posts can only be copied to a new thread. Empty this field.")]})
    content = f"copy:{thread.id}\n{given}\n{sorted(choice.post_ids)}"
    claim = claim_submission(actor, hidden_field("submit_key"), content=content)
    if claim.earlier is not None:
        return see(claim.earlier.location)
    board = find_chosen_board(actor, "board", given["board"] or 0)
    post_ids = choosing.ids_of(thread, choice)
    if not hidden_field("wider"):
        require_no_wider_posts("board", [thread.board_id], board.id, posts=len(post_ids))
    made = copy_posts(actor, thread, board=board, title=given["title"], post_ids=post_ids)
    claim.answered(status=303, location=made.path)
    return toasts.with_act(see(made.path), "thread-copied")


def _destination(actor: Member, given: Mapping[str, Any]) -> Destination:
    if str(given["into"]).strip():
        return Destination(into=find_written(actor, "into", given["into"]))
    return Destination(given["title"], find_chosen_board(actor, "board", given["board"] or 0))


def _choice(given: Mapping[str, Any]) -> Choice:
    generation = hidden_field("generation")
    return Choice(
        _chosen(submitted_values()),
        given["first"] or 0,
        given["last"] or 0,
        int(generation) if generation.isdecimal() else None,
    )


def _chosen(values: Mapping[str, str]) -> Set[int]:
    """The ids of the posts that are ticked on the page that was sent, or were on others."""
    kept = values.get("chosen", "")[:MAX_CHOSEN_INPUT].split(",")
    ids = {int(text) for text in kept if text.isdecimal() and len(text) < 10}
    return frozenset([*ids, *(ticked_ids("post") if request.method == "POST" else [])][: MAX_POSTS * 2])
