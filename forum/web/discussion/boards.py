"""Boards: thread lists, and starting a thread."""

from flask import Blueprint, Response, render_template
from werkzeug import Response as AnyResponse

from forum import permissions
from forum.auth import identity
from forum.boards import queries as boards
from forum.body_limits import takes_text
from forum.interfaces import CacheableGuestPage, allow_guest_caching, claim_submission
from forum.models import Board, Member
from forum.presence.queries import Viewers
from forum.schemas.writing import ThreadIn
from forum.site.queries import snapshot
from forum.threads import actions, drafts, guest_drafts, read_marks
from forum.threads.lists import SORTS, threads_in_board
from forum.threads.rules import TITLE_MAX
from forum.watching.by_mail import levels_by_mail
from forum.watching.queries import watches_of
from forum.web import toasts
from forum.web.addresses import canonical_redirect, page_number, query_choice, see
from forum.web.discussion.quotes import text_again, title_again
from forum.web.discussion.viewers import record_viewer_in
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error
from forum.web.fragments.ignoring import parted, starter_of
from forum.web.fragments.operator_text import rules_of
from forum.web.unsent import guest_composer, keep_for_guest, keeps_unsent

blueprint = Blueprint("boards", __name__)
VIEWERS_TEMPLATE = "board/_viewers.html"


@blueprint.get("/boards/<int:board_id>")
@blueprint.get("/boards/<int:board_id>-<slug>")
def show(board_id: int, slug: str = "") -> AnyResponse | str:
    """List a board's threads."""
    actor = identity.visitor()
    tree = boards.tree(actor)
    board = tree.find(board_id)
    if (answer := canonical_redirect(board.path)) is not None:
        return answer
    sort = query_choice("sort", tuple(SORTS))
    rows, page = threads_in_board(actor, board, number=page_number(), sort=sort, others=True)
    return render_template(
        "board/board.html",
        board=board,
        node=snapshot().tree.find(board.id),
        rules=rules_of(board),
        crumbs=snapshot().tree.ancestors_of(board.id)[:-1],
        children=boards.rows_below(actor, tree, board),
        **parted(actor, rows, starter_of)._asdict(),
        page=page,
        sort=sort,
        viewers=_viewers(actor, board),
        watch=watches_of(actor).choice_for(board.id),
        by_mail=levels_by_mail(actor),
        can_post=permissions.may_start_thread(actor, board),
        invites_guests=actor is None and boards.invites_guests(board),
    )


def _viewers(actor: Member | None, board: Board) -> Viewers:
    """Who is viewing, including the reader; what a guest sees is shared with other guests."""
    viewers = record_viewer_in(f"board:{board.id}", board=board.id)
    if actor is None:
        shared = render_template(VIEWERS_TEMPLATE, viewers=viewers)
        allow_guest_caching(CacheableGuestPage(f"board:{board.id}", board.id, 0, shared, VIEWERS_TEMPLATE))
    return viewers


@blueprint.get("/boards/<int:board_id>-<slug>/post-thread")
def new_thread(board_id: int, slug: str) -> AnyResponse | str:
    """Show the composer for a new thread; guests can post it once they have logged in."""
    actor = identity.visitor()
    board = boards.find_board(actor, board_id)
    if actor is None:
        permissions.require(guest_drafts.may_start_first(board))
        crumbs = snapshot().tree.ancestors_of(board.id)
        return guest_composer(f"board:{board.id}", action=f"{board.path}/post-thread", board=board, crumbs=crumbs)
    permissions.require(permissions.may_start_thread(actor, board))
    draft_key = f"board:{board.id}"
    draft = drafts.find(actor, draft_key)
    title, body = title_again(actor), text_again(actor)
    if draft and not body:
        title, body = draft.title, draft.body
    form = current_form(title=title or None, body=body or None)
    crumbs = snapshot().tree.ancestors_of(board.id)
    return render_template(
        "thread/new.html",
        board=board,
        rules=rules_of(board),
        crumbs=crumbs,
        form=form,
        draft_place=draft_key,
        has_draft=bool(draft),
        most=TITLE_MAX,
    )


@blueprint.post("/boards/<int:board_id>-<slug>/post-thread")
@takes_text
@rerenders_on_error(new_thread)
@keeps_unsent("board")
def post_thread(board_id: int, slug: str) -> Response:
    """Start a thread, or keep a guest's; sending the same form again does not start another."""
    actor = identity.visitor()
    board = boards.find_board(actor, board_id)
    if actor is None:
        permissions.require(guest_drafts.may_start_first(board))
        return keep_for_guest(f"board:{board.id}", **load_form(ThreadIn))
    typed = load_form(ThreadIn)
    claim = claim_submission(
        actor, hidden_field("submit_key"), content=f"board:{board.id}\n{typed['title']}\n{typed['body']}"
    )
    if claim.earlier is not None:
        return see(claim.earlier.location)
    thread = actions.start_thread(actor, board, title=typed["title"], body=typed["body"])
    claim.answered(status=303, location=thread.path)
    return toasts.with_toast(see(thread.path), "thread-held") if thread.is_held else see(thread.path)


@blueprint.post("/boards/<int:board_id>-<slug>/mark-read")
def mark_read(board_id: int, slug: str) -> Response:
    """Mark everything in the board and the boards below it as read."""
    actor = identity.member()
    board = boards.find_board(actor, board_id)
    for board_below in boards.tree(actor).below(board):
        read_marks.mark_board_read(actor, board_below)
    return toasts.with_toast(see(board.path), "marked-read")
