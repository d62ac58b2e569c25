"""Forms that say where and until when a thread is pinned, and from when and until when it is locked."""

from datetime import datetime

from flask import Blueprint, Response, render_template

from forum import permissions
from forum.auth import identity
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.models import Member, Thread
from forum.moderation import tools
from forum.schemas.moderation.threads import LockFormIn, PinFormIn
from forum.site.queries import snapshot
from forum.threads.queries import find_thread
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, load_form, rerenders_on_error

blueprint = Blueprint("pins_and_locks", __name__)


def _moderated(thread_id: int) -> tuple[Member, Thread]:
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    permissions.require(permissions.may_moderate(actor, thread))
    return actor, thread


def _page(template: str, thread: Thread, **more: object) -> str:
    crumbs = snapshot().tree.ancestors_of(thread.board_id)
    return render_template(template, thread=thread, crumbs=crumbs, zone=snapshot().time_zone, **more)


def _local(moment: datetime | None) -> str | None:
    """A time in the site's time zone, as a field for day and time takes it."""
    return moment.astimezone(snapshot().zone).strftime("%Y-%m-%dT%H:%M") if moment else None


@blueprint.get("/threads/<int:thread_id>-<slug>/pinning")
def pin_form(thread_id: int, slug: str) -> str:
    """Show where a thread is pinned, and until when."""
    actor, thread = _moderated(thread_id)
    everywhere = thread.is_pinned_everywhere or permissions.scope_of(actor).moderates_all
    place = "everywhere" if thread.is_pinned_everywhere else "board"
    form = current_form(place=place, pinned_until=_local(thread.pinned_until))
    return _page("moderation/pinning.html", thread, form=form, may_pin_everywhere=everywhere)


@blueprint.post("/threads/<int:thread_id>-<slug>/pinning")
@rerenders_on_error(pin_form)
def pin(thread_id: int, slug: str) -> Response:
    """Pin a thread in its board or everywhere, until a time or for good; or unpin it."""
    actor, thread = _moderated(thread_id)
    given = load_form(PinFormIn)
    if given["place"] == "nowhere":
        tools.unpin(actor, thread)
    else:
        tools.set_pin(actor, thread, everywhere=given["place"] == "everywhere", until=given["pinned_until"])
    return toasts.with_act(see(thread.path), "act-saved")


@blueprint.get("/threads/<int:thread_id>-<slug>/locking")
def lock_form(thread_id: int, slug: str) -> str:
    """Show whether a thread is locked, from when and until when, and why."""
    _, thread = _moderated(thread_id)
    form = current_form(
        state="later" if thread.locks_at else "locked",
        locks_at=_local(thread.locks_at),
        locked_until=_local(thread.locked_until),
        lock_reason=thread.lock_reason or None,
    )
    return _page("moderation/locking.html", thread, form=form)


@blueprint.post("/threads/<int:thread_id>-<slug>/locking")
@rerenders_on_error(lock_form)
def lock(thread_id: int, slug: str) -> Response:
    """Lock a thread now or later, until a time or for good, with a reason; or unlock it."""
    actor, thread = _moderated(thread_id)
    given = load_form(LockFormIn)
    if given["state"] == "open":
        tools.unlock(actor, thread)
    else:
        at = given["locks_at"] if given["state"] == "later" else None
        if given["state"] == "later" and at is None:
            raise Invalid({"locks_at": [say("Choose day and time.")]})
        tools.set_lock(actor, thread, at=at, until=given["locked_until"], reason=given["lock_reason"])
    return toasts.with_act(see(thread.path), "act-saved")
