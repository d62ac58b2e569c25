"""The search over all of administration: settings, pages, boards, groups, members, settings of the environment."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from forum.admin.groups.group_actions import groups_in_order
from forum.health.shown_settings import shown_settings
from forum.infra.database.db import current_settings
from forum.infra.text.messages import Message, comparison_key, say
from forum.interfaces import translate
from forum.members.queries import member_by_name
from forum.site.queries import snapshot
from forum.web.settings.field import APPEARANCE, SETTINGS
from forum.web.settings.fields import FIELDS

MAX_ASKED = 100  # characters
MAX_HITS = 20  # of a kind
_PAGE_WORDS: Mapping[str, Message] = {
    "settings": say("options preferences configuration"),
    "appearance": say("theme colors design logo icon favicon"),
    "boards": say("categories sections forums access permissions icons rules close archive order move delete"),
    "notices": say("announcements banners messages maintenance broadcast"),
    "members": say("users accounts people ban rename merge delete password"),
    "groups": say("roles rights permissions staff moderators badges banners colors join requests"),
    "invitations": say("invite referral"),
    "reactions": say("likes emoji score"),
    "titles": say("ranks ladder"),
    "reasons": say("canned responses macros templates rules moderation"),
    "warnings": say("infractions strikes points penalties"),
    "thresholds": say("infractions strikes points automatic mute ban"),
    "member-warnings": say("infractions strikes points penalties"),
    "smilies": say("emoji emoticons"),
    "statistics": say("charts analytics numbers reports"),
    "mail": say("e-mail smtp spf dkim queue send deliverability"),
    "backups": say("restore export download archive"),
    "health": say("doctor checks status environment versions disk"),
    "jobs": say("background tasks schedule cron"),
    "search-index": say("reindex rebuild full text language words"),
    "log": say("audit history undo who changed csv"),
}


class Page(Protocol):
    """A page of administration that the visitor may open."""

    @property
    def name(self) -> str:
        """Its name in the list of pages."""

    @property
    def path(self) -> str:
        """Its address."""

    @property
    def label(self) -> Message:
        """What it is called."""


class Hit(NamedTuple):
    """Something found, and where it is."""

    label: str
    path: str
    text: str = ""


Hits = list[Hit]


def found_in_administration(asked: str, pages: Sequence[Page]) -> list[tuple[str, Hits]]:
    """What is found of each kind, best first, on the pages that the visitor may open; at most two statements."""
    words = comparison_key(asked).split()
    names = {page.name for page in pages}
    kinds: tuple[tuple[Message, Callable[[], Hits], bool], ...] = (
        (say("Settings"), lambda: _settings(words, {page.path for page in pages}), True),
        (say("Pages"), lambda: _pages(words, pages), True),
        (say("Boards"), lambda: _boards(words), "boards" in names),
        (say("Groups"), lambda: _groups(words), "groups" in names),
        (say("Members"), lambda: _member(asked), "members" in names),
        (say("Settings of the environment"), lambda: _environment(words), "health" in names),
    )
    found = [(translate(label), search()[:MAX_HITS]) for label, search, is_open in kinds if is_open]
    return [(label, hits) for label, hits in found if hits]


def _settings(words: Sequence[str], paths: set[str]) -> Hits:
    pages = {SETTINGS: say("Settings"), APPEARANCE: say("Appearance")}
    candidates = []
    for field in FIELDS:
        if field.page in paths:
            where = f"{translate(pages[field.page])} · {translate(field.help)}"
            texts = _texts(field.label, field.help, field.words, *(label for _, label in field.choices))
            candidates.append((Hit(translate(field.label), field.path, where), [*texts, field.name]))
    return _ranked(words, candidates)


def _pages(words: Sequence[str], pages: Sequence[Page]) -> Hits:
    return _ranked(
        words,
        (
            (Hit(translate(page.label), page.path), _texts(page.label, *filter(None, [_PAGE_WORDS.get(page.name)])))
            for page in pages
        ),
    )


def _boards(words: Sequence[str]) -> Hits:
    tree = snapshot().tree
    return _ranked(words, ((Hit(board.title, f"/admin/boards/{board.id}"), [board.title]) for board in tree))


def _groups(words: Sequence[str]) -> Hits:
    groups = (
        (Hit(each.title, f"/admin/groups/{each.id}"), [each.title, each.description]) for each in groups_in_order()
    )
    return _ranked(words, groups)


def _member(asked: str) -> Hits:
    """The member with exactly this name, or a former one."""
    member = member_by_name(asked)
    return [Hit(member.username, f"/admin/members/{member.id}")] if member else []


def _environment(words: Sequence[str]) -> Hits:
    shown = shown_settings(current_settings(), os.environ)
    hits = (
        (Hit(each.name, f"/admin/health#setting-{each.name}", each.help_text), [each.name, each.help_text])
        for each in shown
    )
    return _ranked(words, hits)


def _texts(*messages: Message) -> list[str]:
    """Messages in English and in the forum's language: the label first."""
    return [text for each in messages for text in (str(each), translate(each))]


def _ranked(words: Sequence[str], candidates: Iterable[tuple[Hit, Sequence[str]]]) -> Hits:
    """The candidates with all words in their texts: first those whose label begins with a word, then contains all."""
    scored: list[tuple[int, Hit]] = []
    for hit, texts in candidates:
        label = comparison_key(" ".join([hit.label, *texts[:2]]))
        text = comparison_key(" ".join(texts))
        if words and all(word in text for word in words):
            starts = any(part.startswith(word) for part in label.split() for word in words)
            scored.append((0 if starts else 1 if all(word in label for word in words) else 2, hit))
    return [hit for _, hit in sorted(scored, key=lambda pair: pair[0])]
