"""The page on which the rights of a group are changed."""

from collections.abc import Mapping

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.admin.edit_conflicts import fingerprint
from forum.admin.groups import right_actions
from forum.admin.groups.delegation import may_manage_group
from forum.admin.groups.group_actions import find_group
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.models import BuiltInGroup, Member, Right
from forum.models.members.group_right import GUEST_RIGHTS
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import current_form, hidden_field, rerenders_on_error, seen_values
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("admin_group_rights", __name__, url_prefix="/admin/groups")
Labels = Mapping[Right, tuple[Message, Message]]  # of each right its name, and what it allows
TAKING_PART: Labels = {
    Right.SEE_MEMBERS: (say("See members"), say("The list of members, and their profiles.")),
    Right.REACT: (say("React to posts"), say("Give posts the reactions of this forum.")),
    Right.USE_API: (say("Use the API"), say("Create tokens for programs that act for them.")),
    Right.INVITE: (say("Invite"), say("Create invitations to register, as many as the settings allow.")),
    Right.START_CONVERSATIONS: (
        say("Start conversations"),
        say("Write to others in private, and invite them. Those who are in a conversation can always answer."),
    ),
    Right.EDIT_WITHOUT_LIMIT: (say("Edit without time limit"), say("Their own posts and titles, however old.")),
    Right.POST_WITHOUT_LIMITS: (
        say("Post without limits"),
        say("No waiting between two posts, no limits of new members, and nothing of theirs waits for approval."),
    ),
    Right.POST_WITHOUT_APPROVAL: (
        say("Post without approval"),
        say("What those write who do not have this right, by any of their groups, waits for a moderator."),
    ),
}
MODERATING: Labels = {
    Right.BAN_MEMBERS: (say("Ban members"), say("Those who neither have this right nor are staff.")),
    Right.SEE_LOG: (
        say("Read the moderation log"),
        say("Of boards that they do not moderate, without names and reasons."),
    ),
    Right.SEE_HIDDEN_MEMBERS: (say("See hidden members"), say("Among those who are viewing a thread.")),
    Right.SEE_ADDRESSES: (say("See IP addresses"), say("In the moderation log.")),
}
ADMINISTERING: Labels = {
    Right.SEE_STATISTICS: (say("Statistics"), say("How many members, posts and reactions there are by day.")),
    Right.SEE_HEALTH: (say("Health"), say("What works and what does not, sizes, and the settings of the environment.")),
    Right.MANAGE_SETTINGS: (say("Settings"), say("Name, texts and limits of the forum.")),
    Right.MANAGE_BOARDS: (
        say("Boards"),
        say("Create, change, merge and delete boards, also hidden ones; not their access lists."),
    ),
    Right.MANAGE_MEMBERS: (
        say("Members"),
        say(
            "Change names and titles, log members out, send links for new passwords and delete accounts, "
            "but only of members who may do nothing more than they."
        ),
    ),
    Right.MANAGE_LISTS: (
        say("Reactions, member titles, smilies"),
        say("Create, change, order and delete them, also prepared reasons, and what warnings lead to."),
    ),
    Right.MANAGE_NOTICES: (
        say("Notices"),
        say("Show notices to everybody, to members or to groups, also in hidden boards."),
    ),
    Right.MANAGE_GROUPS: (
        say("Groups"),
        say(
            "Create groups, change those below their own that may do nothing more than they, and who is in them; "
            "give rights that they have themselves."
        ),
    ),
    Right.MANAGE_MAIL: (say("Mail"), say("Send test messages, see what waits, send it again or delete it.")),
    Right.MANAGE_BACKUPS: (
        say("Backups"),
        say("Make, schedule, download and delete them. A backup contains everything, so give this to few."),
    ),
    Right.RUN_JOBS: (say("Jobs"), say("See what runs in the background, and run it now.")),
}
SECTIONS = ((say("Taking part"), TAKING_PART), (say("Moderating"), MODERATING), (say("Administering"), ADMINISTERING))


@blueprint.get("/<int:group_id>/rights")
@requires_recent_password
def rights_page(group_id: int) -> str:
    """Show the form with the rights of a group."""
    actor, group = administrator(Right.MANAGE_GROUPS), find_group(group_id)
    permissions.require(may_manage_group(actor, group))
    held = right_actions.rights_of(group)
    form = current_form(**{right: right in held for right in Right})
    return render_template(
        "admin/group_rights.html",
        group=group,
        form=form,
        sections=[
            (translate(title), rights) for title, labels in SECTIONS if (rights := _rights(actor, labels, group_id))
        ],
        seen=seen_values(form, fingerprint(right_actions.right_values(group))),
    )


@blueprint.post("/<int:group_id>/rights")
@requires_recent_password
@rerenders_on_error(rights_page)
def save_rights(group_id: int) -> Response:
    """Give a group the chosen rights."""
    actor, group = administrator(Right.MANAGE_GROUPS), find_group(group_id)
    chosen = {right for right in Right if hidden_field(right)}
    right_actions.set_rights(actor, group, chosen, seen=hidden_field("seen"))
    return toasts.with_undo(see(f"/admin/groups/{group_id}/rights"))


def _rights(actor: Member, labels: Labels, group_id: int) -> list[tuple[str, ...]]:
    """The rights of a section that the actor can give a group, each with its name and what it allows."""
    given = [right for right in labels if permissions.has_right(actor, right) and _fits(right, group_id)]
    return [(right, *map(translate, labels[right])) for right in given]


def _fits(right: Right, group_id: int) -> bool:
    """Whether a group can have a right: guests only the ones that need no account."""
    return group_id != BuiltInGroup.GUESTS or right in GUEST_RIGHTS
