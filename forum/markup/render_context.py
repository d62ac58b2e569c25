"""The state that the parser's rules share while a post is rendered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

from markdown_it.utils import EnvType

from forum.markup.render_budget import Budget

# True if the parser only tests whether a rule matches, without producing tokens.
Silent = bool


@dataclass(frozen=True)
class Lookup:
    """The forum's data that a post may refer to.

    `smilies` maps a code, such as `:coffee:` or `:)`, to (symbol, name); `members` is called with the names as typed,
    without @, once or, if the rendering is tried again, twice, and returns the paths of existing members by name; links
    to `own_hosts` do not get rel="nofollow ugc noopener"; `remote_images` lets posts show images from other sites.
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
    """The state of one rendering: its lookup data, remaining budget, current depths and member paths."""

    lookup: Lookup
    budget: Budget = field(default_factory=Budget)
    quote_depth: int = 0
    container_depth: int = 0
    cells: int = 0
    paths: Mapping[str, str] = field(default_factory=dict)


class HasEnv(Protocol):
    """A parser state."""

    env: EnvType


def context_of(state: HasEnv) -> RenderContext:
    """The context of a parser state."""
    return context_in(state.env)


def context_in(env: EnvType) -> RenderContext:
    """The context in a parser environment."""
    return cast("RenderContext", env["context"])
