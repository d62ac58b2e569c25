"""The prepared reasons that moderators choose in forms; who has chosen one may add words of their own."""

from flask import render_template

from forum import permissions
from forum.auth import identity
from forum.decisions.actions import Grounds
from forum.decisions.prepared import Answer, answer_of, grounds_of, offered_for
from forum.models import Post, ReasonFor, Thread
from forum.site.queries import snapshot
from forum.threads.rules import REASON_MAX
from forum.web.forms import current_form, hidden_field


def prepared_for(act: str) -> list[tuple[int, str]]:
    """The ids and titles of the reasons that are prepared for an act, in their order."""
    return [(each.id, each.title) for each in offered_for(act)]


def chosen_grounds(act: ReasonFor, own: str) -> Grounds:
    """The reason that the form chooses in `prepared`, as `grounds_of`."""
    return grounds_of(act, hidden_field("prepared"), own, field="prepared")


def chosen_answer(answer: Answer, own: str, *, most: int) -> str:
    """The prepared answer that the form chooses, with the own words, as `answer_of`."""
    return answer_of(answer, hidden_field(answer.prepared), own, most=most)


def delete_page(thread: Thread, post: Post | None = None) -> str:
    """The form to delete a thread or a post, which is also shown if the one in a menu was refused."""
    return render_template(
        "moderation/delete.html",
        thread=thread,
        post=post,
        can_moderate=bool(permissions.may_moderate(identity.member(), thread)),
        crumbs=snapshot().tree.ancestors_of(thread.board_id),
        form=current_form(),
        most=REASON_MAX,
    )
