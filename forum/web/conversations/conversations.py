"""The list of a member's conversations, a conversation's pages, starting one and answering."""

from flask import Blueprint, redirect, render_template, request
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.body_limits import takes_text
from forum.conversations import access, actions, queries, read_state, rules
from forum.infra.paging import page_of
from forum.interfaces import claim_submission
from forum.models import Conversation, ConversationMember, Draft, Member
from forum.schemas.conversations.writing import ConversationFormIn, SearchIn
from forum.schemas.writing import PostIn
from forum.site.queries import snapshot
from forum.threads import drafts
from forum.web.addresses import canonical_redirect, page_number, query_choice, see
from forum.web.conversations.message_views import message_views, quoted_draft
from forum.web.forms import current_form, hidden_field, load_form, load_values, request_value, rerenders_on_error
from forum.web.prefetch import is_prefetch

blueprint = Blueprint("conversations", __name__, url_prefix="/conversations")


@blueprint.get("")
def show_all() -> str:
    """List the member's conversations, or those that are unread or starred; or search in them."""
    actor = identity.member()
    typed = load_values(SearchIn, request.args)["q"].strip()
    show = query_choice("show", queries.LISTS)
    found: dict[str, object] = {"hits": queries.search(actor, typed)} if typed else {}
    if not typed:
        found["rows"], found["page"] = queries.on_page(actor, page_number(), show=show)
    return render_template(
        "conversation/list.html",
        show=show,
        typed=typed,
        can_start=access.may_start(actor),
        most={"words": rules.MAX_WORDS, "messages": rules.MAX_SEARCHED_MESSAGES, "hits": rules.MAX_HITS},
        **found,
    )


@blueprint.get("/new")
def new_page() -> str:
    """Show the form of a new conversation; `to` is who it is for."""
    actor = identity.member()
    permissions.require(access.may_start(actor))
    draft = drafts.find(actor, actions.NEW)
    to = request_value("to", most=rules.MAX_NAMES_INPUT)
    return render_template(
        "conversation/new.html",
        form=current_form(to=to, title=draft.title if draft else "", body=draft.body if draft else ""),
        draft_place=actions.NEW,
        has_draft=bool(draft),
        most=rules.TITLE_MAX,
        most_members=snapshot().conversation_members - 1,
        most_names=rules.MAX_NAMES_INPUT,
    )


@blueprint.post("/new")
@takes_text
@rerenders_on_error(new_page)
def start() -> Response:
    """Start a conversation; sending the same form again does not start another."""
    actor, given = identity.member(), load_form(ConversationFormIn)
    content = "\n".join(["conversation", given["to"], given["title"], given["body"]])
    claim = claim_submission(actor, hidden_field("submit_key"), content=content)
    if claim.earlier is not None:
        return see(claim.earlier.location)
    conversation = actions.start(actor, names=given["to"], title=given["title"], body=given["body"])
    claim.answered(status=303, location=conversation.path)
    return see(conversation.path)


@blueprint.get("/<int:conversation_id>")
@blueprint.get("/<int:conversation_id>-<slug>")
def show(conversation_id: int, slug: str = "") -> Response | str:
    """Show a page of a conversation, which is read by that."""
    actor = identity.member()
    mine = queries.find(actor, conversation_id)
    conversation = mine.conversation
    if not is_refused() and (answer := canonical_redirect(conversation.path)) is not None:
        return answer
    number = page_of(conversation.last_position) if is_refused() else page_number()
    page, read_before = queries.page_of_messages(conversation, number), mine.read_position
    messages = queries.messages_on_page(conversation, page.number)
    views = message_views(actor, messages, read_before=read_before)
    if not is_prefetch() and not is_refused() and messages and identity.viewed_groups() is None:
        mark_seen(actor, mine, messages[-1].position)
        read_state.mark_reactions_read(actor, [view.message for view in views if view.reactions])
    draft, members = drafts.find(actor, actions.place_of(conversation)), queries.members_of(conversation.id)
    last_author = messages[-1].author_id if messages and page.number == page.count else None
    return render_template(
        "conversation/conversation.html",
        conversation=conversation,
        mine=mine,
        page=page,
        messages=views,
        members=members,
        readers=queries.who_has_read(conversation, members, but={actor.id, last_author}) if last_author else [],
        can_write=access.may_write(actor),
        can_invite=access.may_start(actor),
        form=current_form(body=_draft_text(actor, conversation, draft)),
        draft_place=actions.place_of(conversation),
        has_draft=bool(draft),
    )


def is_refused() -> bool:
    """Whether the page is shown again because what was sent was refused."""
    return current_form().is_sent


def mark_seen(actor: Member, mine: ConversationMember, position: int) -> None:
    """Mark what a page shows as read."""
    if position > mine.read_position:
        read_state.mark_read(actor, mine.conversation, position)


def _draft_text(actor: Member, conversation: Conversation, draft: Draft | None) -> str:
    return quoted_draft(actor, conversation, draft.body if draft else "")


@blueprint.post("/<int:conversation_id>-<slug>/reply")
@takes_text
@rerenders_on_error(show)
def reply(conversation_id: int, slug: str) -> Response:
    """Add the member's message; sending the same form again does not add another."""
    actor = identity.member()
    conversation = queries.find(actor, conversation_id).conversation
    body = load_form(PostIn)["body"]
    claim = claim_submission(actor, hidden_field("submit_key"), content=f"conversation:{conversation.id}\n{body}")
    if claim.earlier is not None:
        return see(claim.earlier.location)
    message = actions.reply(actor, conversation, body=body)
    address = queries.address_at(conversation, message.position)
    claim.answered(status=303, location=address)
    return see(address)


@blueprint.get("/<int:conversation_id>-<slug>/reply")
def reply_page(conversation_id: int, slug: str) -> Response:
    """Lead back to the form, also who has just logged in or accepted the terms."""
    conversation = queries.find(identity.member(), conversation_id).conversation
    number = page_of(conversation.last_position)
    return see(f"{conversation.path}{f'?page={number}' if number > 1 else ''}#reply")


@blueprint.get("/<int:conversation_id>-<slug>/unread")
def unread(conversation_id: int, slug: str) -> Response:
    """Redirect to the first message that the member has not read."""
    return see(queries.unread_address(queries.find(identity.member(), conversation_id)))


@blueprint.get("/<int:conversation_id>/messages/<int:position>")
def message(conversation_id: int, position: int) -> Response:
    """Redirect to a message on its page."""
    found = queries.find_message(identity.member(), conversation_id, position)
    return redirect(queries.address_at(found.conversation, position), 302)
