"""The cached snapshot of the operator's settings, reloaded only when its version changes."""

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from typing import Any, NamedTuple, cast

from sqlalchemy import select

from forum.infra.database.db import current_settings, session
from forum.infra.database.per_app import PerApp
from forum.infra.settings import Settings
from forum.infra.text.locales import locale_of
from forum.infra.text.time_zones import zone_of
from forum.models import (
    Board,
    BoardMerge,
    BuiltInGroup,
    Group,
    GroupRight,
    Member,
    MemberTitle,
    ReactionKind,
    RegistrationMode,
    Right,
    SiteSetting,
    Smilie,
)
from forum.models.discussion.board_tree import BoardNode, BoardTree
from forum.models.site_setting import REMOVAL_VERSION_NAME
from forum.site.access import AccessLists, EarnedGroup
from forum.site.appearance import BOARD_ICON_CSS, LOGO_CSS, TWO_LOGOS_CSS, Appearance, StyleSheet, appearance_of
from forum.site.banners import Banner
from forum.site.board_icons import load_icon_paths
from forum.site.images import Picture, load_pictures
from forum.site.notices import ActiveNotice, load_notices
from forum.site.parts.access_lists import load_access_lists
from forum.site.parts.conversation_settings import CONVERSATION_SETTINGS, ConversationSettings
from forum.site.parts.mail_settings import MAIL_SETTINGS, MailSettings
from forum.site.parts.moderation_settings import MODERATION_SETTINGS, ModerationSettings
from forum.site.parts.newcomer_settings import NEWCOMER_SETTINGS, NewcomerSettings
from forum.site.parts.notification_settings import NOTIFICATION_SETTINGS, NotificationSettings
from forum.site.parts.outside import load_services
from forum.site.parts.prepared_reasons import Prepared, load_prepared
from forum.site.parts.watching_settings import WATCHING_SETTINGS, WatchingSettings

POLL_SECONDS = 1.0  # seconds between checks of the version; changes by other processes appear within this time


class Kind(NamedTuple):
    """A reaction kind."""

    id: int
    key: str
    name: str
    symbol: str
    score: int


@dataclass(frozen=True)
class Site(
    NewcomerSettings, ModerationSettings, NotificationSettings, WatchingSettings, MailSettings, ConversationSettings
):
    """All runtime settings, at one version."""

    version: int
    removals: int = 0
    name: str = "Forum"
    description: str = ""
    terms: str = ""
    contact: str = ""
    privacy: str = ""
    help: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    remote_images: bool = False
    edit_window_minutes: int = 60
    flood_seconds: int = 30
    outside_services: frozenset[str] = frozenset()  # that are asked about members and posts
    akismet_holds: bool = False
    captcha_key: str = ""  # the public one
    staff_two_factor: bool = False
    address_days: int = 90
    guests_write_first: bool = True
    registration: str = RegistrationMode.OPEN
    invitations_per_member: int = 5
    application_question: str = ""  # asked of those who register by approval
    registration_question: str = ""
    registration_answers: str = ""
    terms_must_be_accepted: bool = False
    terms_version: int = 0  # increases when members have to accept the terms again
    terms_date: str = ""  # the day of that, as 2027-05-12
    appearance: Appearance = field(default_factory=Appearance)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    reaction_kinds: tuple[Kind, ...] = ()
    titles_by_count: tuple[tuple[int, str], ...] = ()
    smilies: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    text_smilies: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    tree: BoardTree[BoardNode] = field(default_factory=BoardTree)
    access: AccessLists = field(default_factory=AccessLists)
    notices: tuple[ActiveNotice, ...] = ()
    prepared_reasons: tuple[Prepared, ...] = ()
    banners: tuple[Banner, ...] = ()  # of groups, in their order
    has_open_groups: bool = False  # whether members may ask to join some

    @cached_property
    def guest_tree(self) -> BoardTree[BoardNode]:
        """The boards whose threads everybody sees."""
        guests = self.access.scope_of(frozenset({BuiltInGroup.GUESTS}))
        return BoardTree(node for node in self.tree if node.id in guests.see and node.id not in guests.own_only)

    @cached_property
    def zone(self) -> tzinfo:
        """The time zone of dates that the server writes; UTC if this system does not know the one chosen."""
        return zone_of(self.time_zone) or UTC

    def day_of(self, moment: datetime) -> date:
        """The day of a moment in the site's time zone."""
        zone = self.zone
        return moment.date() if zone is UTC else moment.astimezone(zone).date()

    def start_of(self, day: date) -> datetime:
        """The moment at which a day begins in the site's time zone. Raises OverflowError for the first and last."""
        return datetime.combine(day, datetime.min.time(), self.zone).astimezone(UTC)

    @property
    def asks_to_accept_terms(self) -> bool:
        """Whether members have to accept the terms of use."""
        return self.terms_must_be_accepted and bool(self.terms)

    @property
    def lets_guests_write_first(self) -> bool:
        """Whether guests may write before they register, which they must be able to."""
        return self.guests_write_first and self.registration != RegistrationMode.CLOSED

    @cached_property
    def style_sheet(self) -> StyleSheet:
        """The style sheet of what the admins have chosen."""
        logos = (LOGO_CSS if "logo" in self.pictures else "") + (TWO_LOGOS_CSS if len(self.logos) > 1 else "")
        icons = BOARD_ICON_CSS if any(board.icon for board in self.tree) else ""
        return StyleSheet(self.appearance.css + logos + icons + "".join(banner.css for banner in self.banners))

    @cached_property
    def logos(self) -> tuple[Picture, ...]:
        """The logo, and that of the dark scheme if it has one of its own."""
        shown = [self.pictures[name] for name in ("logo", "logo_dark") if name in self.pictures]
        return tuple(shown) if "logo" in self.pictures else ()

    def title_of(self, member: Member) -> str:
        """The member's custom title, or the highest title their message count has earned."""
        if member.custom_title:
            return member.custom_title
        reached = [title for least, title in self.titles_by_count if member.message_count >= least]
        return reached[-1] if reached else ""

    def kind(self, key: str) -> Kind | None:
        """The reaction kind with a key."""
        return next((kind for kind in self.reaction_kinds if kind.key == key), None)

    def kind_by_id(self, kind_id: int) -> Kind | None:
        """The reaction kind with an id; None if it is newer than the snapshot."""
        return next((kind for kind in self.reaction_kinds if kind.id == kind_id), None)


@dataclass
class _Cache:
    """A process's cached snapshot, and when its version was last checked."""

    site: Site | None = None
    looked_at: float = 0.0


_cache = PerApp(lambda _: _Cache())
_of_request: ContextVar[Site | None] = ContextVar("site", default=None)


def snapshot() -> Site:
    """The operator's settings, at most POLL_SECONDS old."""
    site = _of_request.get()
    return site if site is not None else _cached_site()


def pin_snapshot(version: int = 0, removals: int = 0) -> None:
    """Pin the snapshot for the whole request, which reads it some hundred times; one at least as new as the numbers."""
    _of_request.set(_cached_site(version, removals))


def follow_version(version: int | None, removals: int | None) -> None:
    """Read the snapshot again, also a pinned one, if it is older than the numbers just read from the database."""
    pinned, current = _of_request.get(), _cached_site(version or 0, removals or 0)
    if pinned is not None and (pinned.version < current.version or pinned.removals < current.removals):
        _of_request.set(current)


def follow_database() -> None:
    """Read the snapshot again if the database has a later version: for a decision after waiting for a lock."""
    follow_version(*session.execute(select(*CURRENT_VERSION)).one())


def pin_last_known() -> None:
    """Pin the last known snapshot for a request that has lost the database."""
    _of_request.set(_of_request.get() or _cache.here().site or Site(version=0))


def last_known_version(settings: Settings) -> int:
    """The version of the last known snapshot of the app with these settings; makes no query."""
    site = _cache.of(settings).site
    return site.version if site else 0


def unpin_snapshot() -> None:
    """Unpin the snapshot at the end of a request."""
    _of_request.set(None)


def _cached_site(version: int = 0, removals: int = 0) -> Site:
    held, now = _cache.here(), time.monotonic()
    site = held.site
    if site is None or now - held.looked_at >= POLL_SECONDS or site.version < version or site.removals < removals:
        numbers = _numbers()
        if site is None or numbers.get("version", 0) != site.version:
            site = _load()
        held.site = site = replace(site, removals=numbers.get(REMOVAL_VERSION_NAME, 0))
        held.looked_at = now
    return site


def invalidate() -> None:
    """Drop the cached snapshot after a change by this process; it is reloaded at the next use."""
    unpin_snapshot()
    _cache.here().site = None


_NUMBERS = select(SiteSetting.name, SiteSetting.value).where(SiteSetting.name.in_(("version", REMOVAL_VERSION_NAME)))

# columns for the queries that find who is asking: their values are given to follow_version()
CURRENT_VERSION = [
    select(SiteSetting.value).where(SiteSetting.name == name).scalar_subquery()
    for name in ("version", REMOVAL_VERSION_NAME)
]


def _numbers() -> dict[str, int]:
    return {row.name: int(cast("int", row.value)) for row in session.execute(_NUMBERS)}


def _load() -> Site:
    rows = {row.name: row.value for row in session.scalars(select(SiteSetting))}
    kinds = session.scalars(select(ReactionKind).order_by(ReactionKind.order, ReactionKind.id))
    titles = session.scalars(select(MemberTitle).order_by(MemberTitle.min_messages))
    smilies = list(session.scalars(select(Smilie).order_by(Smilie.order, Smilie.id)))
    blank = Site(version=0)
    tree = BoardTree(_nodes())
    return Site(
        version=int(cast("int", rows.get("version", 0))),
        name=current_settings().site_name or str(rows.get("name", blank.name)),
        **_texts(rows),
        language=locale_of(str(rows.get("language", ""))) or blank.language,
        time_zone=str(rows.get("time_zone", blank.time_zone)),
        remote_images=bool(rows.get("remote_images", False)),
        staff_two_factor=bool(rows.get("staff_two_factor", blank.staff_two_factor)),
        **_plain_settings(rows),
        appearance=appearance_of(rows),
        pictures=load_pictures(),
        reaction_kinds=tuple(Kind(row.id, row.key, row.name, row.symbol, row.score) for row in kinds),
        titles_by_count=tuple((row.min_messages, row.title) for row in titles),
        smilies={row.code: (row.symbol, row.name) for row in smilies},
        text_smilies={code: (row.symbol, row.name) for row in smilies[::-1] for code in row.text_codes.split()},
        tree=tree,
        **_group_settings(tree),
        notices=load_notices(),
        prepared_reasons=load_prepared(),
        **load_services(),
    )


def _texts(rows: Mapping[str, object]) -> dict[str, Any]:
    names = ("description", "terms", "privacy", "help", "contact")
    return {name: str(rows.get(name, "")) for name in names}


def _plain_settings(rows: Mapping[str, object]) -> dict[str, Any]:
    """Settings that are used as stored. A way to register that only a later version knows lets nobody in."""
    blank = Site(version=0)
    names = (
        *("edit_window_minutes", "flood_seconds", "guests_write_first", "address_days", "invitations_per_member"),
        *("registration_question", "registration_answers", "application_question"),
        *("terms_must_be_accepted", "terms_version", "terms_date"),
        *(*MODERATION_SETTINGS, *NOTIFICATION_SETTINGS, *NEWCOMER_SETTINGS, *WATCHING_SETTINGS, *MAIL_SETTINGS),
        *CONVERSATION_SETTINGS,
    )
    mode = str(rows.get("registration", blank.registration))
    known = mode if mode in set(RegistrationMode) else RegistrationMode.CLOSED
    return {name: rows.get(name, getattr(blank, name)) for name in names} | {"registration": known}


def _nodes() -> list[BoardNode]:
    doomed = set(session.scalars(select(BoardMerge.board_id).where(BoardMerge.target_id.is_(None))))
    icons = load_icon_paths()
    rows = session.execute(select(Board, Board.rules != "").order_by(Board.order, Board.id))
    return [
        BoardNode(
            *(board.id, board.title, board.path, board.parent_id, board.is_category, board.is_closed),
            is_being_deleted=board.id in doomed,
            has_rules=has_rules,
            icon=icons.get(board.id, ""),
        )
        for board, has_rules in rows
    ]


_CONDITIONS = (Group.min_messages, Group.min_days, Group.min_score)
_GROUPS = select(
    Group.id, *_CONDITIONS, Group.banner_text, Group.banner_colour, Group.edit_minutes, Group.takes_requests
).order_by(Group.order, Group.id)


def _group_settings(tree: BoardTree[BoardNode]) -> dict[str, Any]:
    """What members of groups may do, which banners they have, and whether some can be asked to join."""
    rows = session.execute(_GROUPS).all()
    earned = tuple(EarnedGroup(*row[:4]) for row in rows if any(condition is not None for condition in row[1:4]))
    edit_minutes = {row.id: row.edit_minutes for row in rows if row.edit_minutes}
    return {
        "access": AccessLists(tree, load_access_lists(), _changed_rights(), earned, edit_minutes),
        "banners": tuple(Banner(row.id, row.banner_text, row.banner_colour) for row in rows if row.banner_text),
        "has_open_groups": any(row.takes_requests for row in rows),
    }


def _changed_rights() -> dict[int, dict[Right, bool]]:
    """The rights of groups that differ from their defaults; those that a later version has added are ignored."""
    changed: dict[int, dict[Right, bool]] = {}
    for row in session.scalars(select(GroupRight).where(GroupRight.right.in_(list(Right)))):
        changed.setdefault(row.group_id, {})[Right(row.right)] = row.is_granted
    return changed
