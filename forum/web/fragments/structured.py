"""Structured data for search engines: schema.org as JSON-LD, following Google's property tables.

Only guests get it: search engines do not log in.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from forum.infra.text.messages import say
from forum.interfaces import absolute_url, translate
from forum.models import Board, Member, Thread
from forum.models.discussion.board_tree import BoardNode
from forum.web.avatars import avatar_url
from forum.web.fragments.thread_posts import Comment, Posts
from forum.web.template_globals import iso

Data = dict[str, Any]
_dumps = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def thread_data(thread: Thread, posts: Posts, boards: Sequence[BoardNode]) -> Markup:
    """A thread with this page's comments; on pages without the first post, the title replaces its text."""
    starter = thread.starter
    data: Data = {
        "@type": "DiscussionForumPosting",
        "headline": thread.title,
        "text": (posts.lead if posts.first == 1 else "") or thread.title,
        "url": absolute_url(thread.path),
        "author": _person(starter.username, starter.path),
        "datePublished": iso(thread.started_at),
        **_modified(posts.lead_edited_at if posts.first == 1 else None),
        "interactionStatistic": _counter("Comment", thread.reply_count),
        "comment": [_comment(comment) for comment in posts.comments],
    }
    return _script([data, _breadcrumbs([(board.title, board.path) for board in boards], thread.title)])


def board_data(board: Board, above: Sequence[BoardNode]) -> Markup:
    """A board's breadcrumbs."""
    return _script([_breadcrumbs([(ancestor.title, ancestor.path) for ancestor in above], board.title)])


def profile_data(member: Member, description: str) -> Markup:
    """A member's profile."""
    person = _person(member.username, member.path) | {
        "identifier": str(member.id),
        "description": description,
        "image": absolute_url(avatar_url(member.username)),
        "interactionStatistic": _counter("Like", member.positive_reactions),
        "agentInteractionStatistic": _counter("Write", member.message_count),
    }
    since = {"dateCreated": iso(member.joined_at)} if member.joined_at else {}
    profile: Data = {"@type": "ProfilePage", **since, "mainEntity": person}
    return _script([profile, _breadcrumbs([(translate(say("Members")), "/members")], member.username)])


def _person(name: str, path: str) -> Data:
    return {"@type": "Person", "name": name, "url": absolute_url(path)}


def _comment(given: Comment) -> Data:
    data = {"@type": "Comment", "text": given.text, "datePublished": iso(given.created_at)}
    return (
        data
        | _modified(given.edited_at)
        | {"url": absolute_url(given.path), "author": _person(given.author, given.author_path)}
    )


def _modified(edited_at: datetime | None) -> Data:
    return {"dateModified": iso(edited_at)} if edited_at else {}


def _counter(act: str, count: int) -> Data:
    kind = f"https://schema.org/{act}Action"
    return {"@type": "InteractionCounter", "interactionType": kind, "userInteractionCount": count}


def _breadcrumbs(above: Iterable[tuple[str, str]], here: str) -> Data:
    """Breadcrumbs from the index page; the last item is the page itself and has no URL, as Google expects."""
    steps = [(translate(say("Forums")), "/"), *above]
    items: list[Data] = [
        {"@type": "ListItem", "position": number, "name": name, "item": absolute_url(path)}
        for number, (name, path) in enumerate(steps, 1)
    ]
    items.append({"@type": "ListItem", "position": len(items) + 1, "name": here})
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _script(graph: list[Data]) -> Markup:
    data = htmlsafe_json_dumps({"@context": "https://schema.org", "@graph": graph}, dumps=_dumps)
    return Markup('<script type="application/ld+json">{}</script>').format(data)
