"""The snapshot of what an operator tunes: read often, loaded again only when its version moved."""

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import cast

from sqlalchemy import select

from forum.infra.db import current_settings, session
from forum.infra.ephemeral_store import PerApp
from forum.infra.locales import locale_of
from forum.models import Board, Member, MemberTitle, ReactionKind, SiteSetting, Smilie
from forum.models.site_setting import REMOVAL_VERSION_NAME

POLL_SECONDS = 1.0  # seconds between looks at the version: a change by another process is seen within that


@dataclass(frozen=True)
class Kind:
    """A reaction kind."""

    id: int
    key: str
    name: str
    symbol: str
    score: int


@dataclass(frozen=True)
class BoardNode:
    """A board's place in the tree, without its counters."""

    id: int
    title: str
    path: str
    parent_id: int | None
    visible_to: str
    is_category: bool


@dataclass(frozen=True)
class Site:
    """Everything an operator tunes, at one version."""

    version: int
    removals: int = 0
    name: str = "Forum"
    description: str = ""
    terms: str = ""
    contact: str = ""
    language: str = "en"
    remote_images: bool = False
    edit_window_minutes: int = 60
    flood_seconds: int = 30
    reaction_kinds: tuple[Kind, ...] = ()
    ladder: tuple[tuple[int, str], ...] = ()
    smilies: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    text_smilies: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    tree: Mapping[int, BoardNode] = field(default_factory=dict)

    def line_of(self, board_id: int) -> list[BoardNode]:
        """A board and what it lies in, the outermost first."""
        line: list[BoardNode] = []
        node = self.tree.get(board_id)
        while node is not None and node not in line:
            line.insert(0, node)
            node = self.tree.get(node.parent_id) if node.parent_id else None
        return line

    def below(self, node: BoardNode, audience: str = "guest") -> tuple[int, ...]:
        """The ids of a board and of all below it that an audience may see, categories left out."""
        if node.visible_to != audience:
            return ()
        own = () if node.is_category else (node.id,)
        lower = [self.below(child, audience) for child in self.tree.values() if child.parent_id == node.id]
        return own + tuple(board_id for ids in lower for board_id in ids)

    def title_of(self, member: Member) -> str:
        """The member's own title, or the highest step of the ladder they have reached."""
        if member.custom_title:
            return member.custom_title
        reached = [title for least, title in self.ladder if member.message_count >= least]
        return reached[-1] if reached else ""

    def kind(self, key: str) -> Kind | None:
        """The reaction kind with a key."""
        return next((kind for kind in self.reaction_kinds if kind.key == key), None)

    def kind_by_id(self, kind_id: int) -> Kind:
        """The reaction kind of a row."""
        return next(kind for kind in self.reaction_kinds if kind.id == kind_id)


@dataclass
class _Held:
    """What a process knows of an app's site, and when it was found to be so."""

    site: Site | None = None
    looked_at: float = 0.0


_held = PerApp(lambda _: _Held())
_of_request: ContextVar[Site | None] = ContextVar("site", default=None)


def snapshot() -> Site:
    """What the operator has tuned, at most a second old."""
    site = _of_request.get()
    return site if site is not None else _looked_at()


def pin_snapshot() -> None:
    """Let a request see one site from its beginning to its end: it asks for it some hundred times."""
    _of_request.set(_looked_at())


def pin_last_known() -> None:
    """Let a request that lost the database go on with the site as it was last seen."""
    _of_request.set(_of_request.get() or _held.here().site or Site(version=0))


def unpin_snapshot() -> None:
    """At the end of a request."""
    _of_request.set(None)


def _looked_at() -> Site:
    held, now = _held.here(), time.monotonic()
    if held.site is None or now - held.looked_at >= POLL_SECONDS:
        numbers = _numbers()
        if held.site is None or numbers.get("version", 0) != held.site.version:
            held.site = _load()
        held.site = replace(held.site, removals=numbers.get(REMOVAL_VERSION_NAME, 0))
        held.looked_at = now
    return held.site


def invalidate() -> None:
    """Look at the site's rows at the next use: after a change by this process."""
    unpin_snapshot()
    _held.here().site = None


_NUMBERS = select(SiteSetting.name, SiteSetting.value).where(SiteSetting.name.in_(("version", REMOVAL_VERSION_NAME)))


def _numbers() -> dict[str, int]:
    return {row.name: int(cast("int", row.value)) for row in session.execute(_NUMBERS)}


def _load() -> Site:
    rows = {row.name: row.value for row in session.scalars(select(SiteSetting))}
    kinds = session.scalars(select(ReactionKind).order_by(ReactionKind.order, ReactionKind.id))
    titles = session.scalars(select(MemberTitle).order_by(MemberTitle.min_messages))
    smilies = list(session.scalars(select(Smilie).order_by(Smilie.order, Smilie.id)))
    blank = Site(version=0)
    return Site(
        version=int(cast("int", rows.get("version", 0))),
        name=current_settings().site_name or str(rows.get("name", blank.name)),
        description=str(rows.get("description", "")),
        terms=str(rows.get("terms", "")),
        contact=str(rows.get("contact", "")),
        language=locale_of(str(rows.get("language", ""))) or blank.language,
        remote_images=bool(rows.get("remote_images", False)),
        edit_window_minutes=int(cast("int", rows.get("edit_window_minutes", blank.edit_window_minutes))),
        flood_seconds=int(cast("int", rows.get("flood_seconds", blank.flood_seconds))),
        reaction_kinds=tuple(Kind(row.id, row.key, row.name, row.symbol, row.score) for row in kinds),
        ladder=tuple((row.min_messages, row.title) for row in titles),
        smilies={row.code: (row.symbol, row.name) for row in smilies},
        text_smilies={code: (row.symbol, row.name) for row in smilies[::-1] for code in row.text_codes.split()},
        tree={row.id: _node(row) for row in session.scalars(select(Board).order_by(Board.order, Board.id))},
    )


def _node(row: Board) -> BoardNode:
    return BoardNode(row.id, row.title, row.path, row.parent_id, row.visible_to, row.is_category)
