"""The prepared reasons that moderators choose in forms; who has chosen one may add words of their own."""

from flask import render_template

from forum import permissions
from forum.auth import identity
from forum.decisions.actions import Grounds
from forum.infra.errors import Invalid
from forum.infra.text.messages import one_line, say
from forum.models import Post, ReasonFor, Thread
from forum.site.queries import snapshot
from forum.threads.rules import REASON_MAX
from forum.web.forms import current_form, hidden_field


def prepared_for(act: str) -> list[tuple[int, str]]:
    """The ids and titles of the reasons that are prepared for an act, in their order."""
    return [(each.id, each.title) for each in snapshot().prepared_reasons if act in each.acts]


def chosen_grounds(act: ReasonFor, own: str) -> Grounds:
    """The reason that the form chooses in `prepared`, followed by the moderator's own words, and the rule it cites.

    Raises Invalid at field `prepared` if it is not there any more, at `reason` if both together are too long.
    """
    number = hidden_field("prepared")
    if not number:
        return Grounds(own)
    prepared = next((row for row in snapshot().prepared_reasons if str(row.id) == number and act in row.acts), None)
    if prepared is None:
        raise Invalid({"prepared": [say("This prepared reason is no longer offered. Choose another one.")]})
    told = one_line(f"{prepared.text} {own}")
    if len(told) > REASON_MAX:
        words = "Together with the prepared reason, use at most %(most)d characters (you have %(num)d)."
        raise Invalid({"reason": [say(words, most=REASON_MAX, num=len(told))]})
    return Grounds(told, prepared.rule)


def chosen_answer(own: str, *, most: int) -> str:
    """The answer that the form chooses in `prepared_answer`, followed by the moderator's own words.

    Raises Invalid at field `prepared_answer` if it is not there any more, at `answer` if both together are too long.
    """
    number = hidden_field("prepared_answer")
    if not number:
        return own
    offered = [row for row in snapshot().prepared_reasons if ReasonFor.ANSWER in row.acts]
    prepared = next((row for row in offered if str(row.id) == number), None)
    if prepared is None:
        raise Invalid({"prepared_answer": [say("This prepared reason is no longer offered. Choose another one.")]})
    told = f"{prepared.text}\n{own}".strip()
    if len(told) > most:
        raise Invalid({"answer": [say("Together with the prepared reason this is too long.")]})
    return told


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
