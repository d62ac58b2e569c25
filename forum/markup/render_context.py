"""What the parser's rules share while one post is rendered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

from markdown_it.utils import EnvType

from forum.markup.render_budget import Budget

# The parser asks a rule whether it would match, without wanting its tokens.
Silent = bool


@dataclass(frozen=True)
class Lookup:
    """What the forum knows and a post may name.

    `smilies` maps a code, such as `:coffee:` or `:)`, to (symbol, name); `members` is called at most once with the
    names as typed, without @, and answers with the paths of those it knows; `own_hosts` are hosts whose links are not a
    member's advertisement; `remote_images` lets posts show pictures from elsewhere.
    """

    smilies: Mapping[str, tuple[str, str]]
    members: Callable[[frozenset[str]], Mapping[str, str]]
    own_hosts: frozenset[str]
    remote_images: bool = False
    spoiler: str = "Spoiler"
    done: str = "Done"
    to_do: str = "To do"


@dataclass
class RenderContext:
    """One rendering: what it may use, what it has used, and what it found."""

    lookup: Lookup
    budget: Budget = field(default_factory=Budget)
    quote_depth: int = 0
    container_depth: int = 0
    cells: int = 0
    paths: Mapping[str, str] = field(default_factory=dict)


class HasEnv(Protocol):
    """A state of the parser."""

    env: EnvType


def context_of(state: HasEnv) -> RenderContext:
    """The rendering that a state of the parser belongs to."""
    return context_in(state.env)


def context_in(env: EnvType) -> RenderContext:
    """The rendering that the parser's environment belongs to."""
    return cast("RenderContext", env["task"])
