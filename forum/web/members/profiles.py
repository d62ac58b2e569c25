"""The member list and profiles."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, render_template
from werkzeug import Response as AnyResponse

from forum import permissions
from forum.admin.members.invitations import inviter_of
from forum.auth import identity
from forum.conversations.access import may_write_to
from forum.infra.text.messages import say_many
from forum.interfaces import translate
from forum.members import queries as members
from forum.members import sanctions
from forum.members.lists import members_on_page
from forum.models import Member, Right, Sanction
from forum.models.discussion.board_tree import BoardNode
from forum.moderation.cleaning.plan import is_old, may_clean
from forum.moderation.notes import may_read_about
from forum.moderation.reports.making import may_report_member
from forum.relations import queries as relations
from forum.relations.actions import may_follow, may_ignore
from forum.site.mutes import board_of, mutes_of, thread_of
from forum.site.queries import snapshot
from forum.threads.lists import posts_of, threads_of
from forum.web.addresses import canonical_redirect, page_number, query_choice, see

blueprint = Blueprint("members", __name__)
MAX_DESCRIPTION_LENGTH = 160


@blueprint.get("/members")
def show_all() -> str:
    """List the members in the requested order."""
    permissions.require(permissions.may_see_members(identity.visitor()))
    sort = query_choice("sort", ("messages", "score", "joined", "name"))
    members, page = members_on_page(sort, page_number())
    rows = [(member, snapshot().title_of(member)) for member in members]
    visitor = identity.visitor()
    cleanable = {member.id for member in members if not is_old(member) and may_clean(visitor, member)}
    return render_template("member/list.html", members=rows, page=page, sort=sort, cleanable=cleanable)


@blueprint.get("/members/<int:member_id>")
@blueprint.get("/members/<int:member_id>-<slug>")
def show(member_id: int, slug: str = "") -> AnyResponse | str:
    """Show a member's profile: posts, threads or the about text."""
    visitor = identity.visitor()
    if visitor is not None and visitor.id == member_id and visitor.awaits_approval_at is not None:
        return see("/account/application")
    member = members.find_member(member_id)
    if visitor != member:
        permissions.require(permissions.may_see_members(visitor))
    if (answer := canonical_redirect(member.path)) is not None:
        return answer
    tab = query_choice("tab", ("posts", "threads", "about"))
    tab_content = _tab_content(tab, member)
    is_shown = not member.is_hidden or visitor == member
    last_seen = member.last_seen_at if is_shown else None
    title = snapshot().title_of(member)
    return render_template(
        "member/profile.html",
        member=member,
        title=title,
        description=_description(member),
        tab=tab,
        last_seen=last_seen,
        may_report=may_report_member(visitor, member),
        may_write_to=visitor is not None and may_write_to(visitor, member),
        **_relations(visitor, member),
        **_staff_part(member),
        **tab_content,
    )


def _relations(visitor: Member | None, member: Member) -> dict[str, Any]:
    """Whether the visitor ignores or follows the member; on their own profile, the counts that only they see."""
    if visitor is not None and visitor.id == member.id:
        followed, followers = relations.counts_of(member)
        return {"followed": followed, "followers": followers}
    return {
        "is_ignored": member.id in relations.ignored_by(visitor),
        "is_followed": visitor is not None and relations.follows(visitor.id, member.id),
        "may_ignore": may_ignore(visitor, member) if visitor else None,
        "may_follow": may_follow(visitor, member) if visitor else None,
    }


def _description(member: Member) -> str:
    """The profile's description: the member's about text, or else their message count."""
    own = " ".join(member.about.split())
    if own:
        return own if len(own) <= MAX_DESCRIPTION_LENGTH else own[: MAX_DESCRIPTION_LENGTH - 1].rstrip() + "…"
    name, count = member.username, member.message_count
    return translate(
        say_many("%(name)s has written %(num)d message.", "%(name)s has written %(num)d messages.", count, name=name)
    )


def _staff_part(member: Member) -> dict[str, Any]:
    """What staff see in addition: whether they may ban or mute the member, the ban, mutes, and who invited them."""
    visitor = identity.visitor()
    may_ban = sanctions.may_ban(visitor, member)
    return {
        "may_ban": may_ban,
        "may_moderate": may_read_about(visitor, member),
        "may_mute": may_ban or sanctions.may_mute_somewhere(visitor, member),
        "ban": sanctions.ban_of(member) if may_ban and member.is_banned else None,
        "mutes": list(_mutes(visitor, member)) if visitor is not None and member.is_muted else [],
        "sees_addresses": permissions.may_use_right(visitor, Right.SEE_ADDRESSES),
        "inviter": inviter_of(member) if permissions.may_use_right(visitor, Right.MANAGE_MEMBERS) else None,
    }


def _mutes(visitor: Member, member: Member) -> Iterator[tuple[Sanction, BoardNode | None, bool]]:
    """The mutes that a visitor may know of, each with its board and whether they may lift it."""
    for mute in mutes_of(member):
        if thread_of(mute) is not None:  # shown at the thread and in the list of bans
            continue
        board_id = board_of(mute)
        board = snapshot().tree.get(board_id)
        is_seen = board_id is None or (board is not None and board.id in permissions.scope_of(visitor).see)
        may_lift = bool(sanctions.may_mute(visitor, member, board_id))
        if is_seen and (may_lift or visitor == member):
            yield mute, board, may_lift


def _tab_content(tab: str, member: Member) -> dict[str, Any]:
    actor = identity.visitor()
    if tab == "posts":
        posts, page = posts_of(actor, member, page_number())
        return {"posts": posts, "page": page}
    if tab == "threads":
        threads, page = threads_of(actor, member, page_number())
        return {"threads": threads, "page": page}
    return {}
