"""How acts on threads and posts went, and undoing them right afterwards."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, make_response, render_template
from sqlalchemy import select
from sqlalchemy.orm import contains_eager
from werkzeug import Response

from forum import permissions
from forum.admin.undo import actions as undoing
from forum.admin.undo import content, running
from forum.admin.undo.batches import BULK_KINDS
from forum.audit_log import changes_of_session
from forum.auth import identity
from forum.infra.database.db import session, start_writing
from forum.infra.database.in_list import in_list
from forum.infra.errors import NotFound
from forum.infra.text.messages import Message, say_many
from forum.interfaces import translate
from forum.models import BulkAct, LogEntry, Member, Post, Thread
from forum.moderation.bulk import POST_ACTS, UNCHANGED, Outcome, outcomes_of
from forum.web import toasts
from forum.web.addresses import next_path, see

blueprint = Blueprint("acts", __name__, url_prefix="/moderation/acts")
MOST_NAMED = 50  # refused ones that are named on the page
DONE: Mapping[str, Callable[[int], Message]] = {
    "pin": lambda num: say_many("%(num)d thread pinned.", "%(num)d threads pinned.", num),
    "unpin": lambda num: say_many("%(num)d thread unpinned.", "%(num)d threads unpinned.", num),
    "lock": lambda num: say_many("%(num)d thread locked.", "%(num)d threads locked.", num),
    "unlock": lambda num: say_many("%(num)d thread unlocked.", "%(num)d threads unlocked.", num),
    "delete": lambda num: say_many("%(num)d thread deleted.", "%(num)d threads deleted.", num),
    "undelete": lambda num: say_many("%(num)d thread restored.", "%(num)d threads restored.", num),
    "move": lambda num: say_many("%(num)d thread moved.", "%(num)d threads moved.", num),
    "delete-posts": lambda num: say_many("%(num)d post deleted.", "%(num)d posts deleted.", num),
    "undelete-posts": lambda num: say_many("%(num)d post restored.", "%(num)d posts restored.", num),
    "approve-posts": lambda num: say_many("%(num)d post approved.", "%(num)d posts approved.", num),
    "spam-posts": lambda num: say_many("%(num)d post removed as spam.", "%(num)d posts removed as spam.", num),
    "undo": lambda num: say_many("%(num)d change undone.", "%(num)d changes undone.", num),
}


class Refused(NamedTuple):
    """What was not done: the name and path of the thread or post, empty if the reader may not see it, and why."""

    name: str
    path: str
    why: str


@blueprint.get("/<int:entry_id>")
def show(entry_id: int) -> Response | str:
    """Show how an act on many went, with the button that undoes all of it; how far it is, while it runs."""
    actor = identity.member()
    logged = undoing.find_act(actor, entry_id)
    act = session.get(BulkAct, entry_id)
    if act is None:
        raise NotFound
    outcomes = list(outcomes_of(act))
    page = render_template(
        "moderation/acted.html",
        act=act,
        summary=summary_of(act, outcomes),
        refused=_named(actor, act, [each for each in outcomes if each.why and each.why != UNCHANGED]),
        done=len(outcomes),
        asked=len(outcomes) + len(act.pending),
        can_undo=undoing.may_undo(actor, logged) and any(not each.why for each in outcomes),
        is_undone=logged.is_undone,
        back_to=next_path(),
    )
    response = make_response(page)
    if act.pending:
        response.headers["Refresh"] = "2"
    return response


def summary_of(act: BulkAct, outcomes: Sequence[Outcome]) -> list[str]:
    """What was done, what was so already and what was refused, in sentences."""
    done = sum(not each.why for each in outcomes)
    same = sum(each.why == UNCHANGED for each in outcomes)
    refused = len(outcomes) - done - same
    parts = [(DONE[act.act](done), True)]
    parts.append((say_many("%(num)d was so already.", "%(num)d were so already.", same), bool(same)))
    parts.append((say_many("%(num)d was not:", "%(num)d were not:", refused), bool(refused)))
    return [translate(words) for words, is_told in parts if is_told]


def _named(actor: Member, act: BulkAct, outcomes: Sequence[Outcome]) -> list[Refused]:
    few = outcomes[:MOST_NAMED]
    ids, reads_posts = [each.id for each in few], act.act in POST_ACTS
    if act.act == "undo":
        entries = session.scalars(select(LogEntry).where(in_list(LogEntry.id, ids))) if ids else ()
        names = {entry.id: name for entry in entries if (name := _name_of(actor, content.thread_of(entry)))}
    else:
        names = _post_names(actor, ids) if reads_posts else _thread_names(actor, ids)
    return [Refused(*names.get(each.id, ("", "")), translate(each.why or Message(""))) for each in few]


def _name_of(actor: Member, thread: Thread | None) -> tuple[str, str] | None:
    return (thread.title, thread.path) if thread is not None and permissions.may_see_thread(actor, thread) else None


def _thread_names(actor: Member, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    seen = select(Thread).join(Thread.board).where(permissions.visible_threads(actor), in_list(Thread.id, ids))
    return {thread.id: (thread.title, thread.path) for thread in session.scalars(seen)}


def _post_names(actor: Member, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    seen = select(Post).join(Post.thread).join(Thread.board).options(contains_eager(Post.thread))
    seen = seen.where(permissions.visible_posts(actor), in_list(Post.id, ids))
    return {post.id: (f"{post.thread.title} #{post.position}", post.path) for post in session.scalars(seen)}


def result_path(entry_id: int, *, back_to: str = "") -> str:
    """The address of the page that says how an act on many went, which leads back to a page, else to `next`."""
    return f"/moderation/acts/{entry_id}?{urlencode({'next': back_to or next_path()})}"


@blueprint.post("/<int:entry_id>/undo")
@identity.defers_write_lock
def undo(entry_id: int) -> Response:
    """Undo an act on a thread or post, or on many."""
    actor = identity.member()
    start_writing()
    logged = undoing.find_act(actor, entry_id)
    if not logged.is_undone:  # otherwise the button was pressed twice
        undoing.undo(actor, logged)
    elif logged.entry.action in BULK_KINDS:
        return see(result_path(entry_id))
    changes = changes_of_session()
    if not changes or session.get(BulkAct, changes[-1].id) is None:
        named = _name_of(actor, content.thread_of(logged.entry))
        return toasts.with_act(see(named[1] if named else "/"), "undone-act")
    begun = changes[-1].id
    session.commit()
    running.run(begun)
    return see(result_path(begun))
