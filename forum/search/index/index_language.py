"""The language with which the index was tokenized; queries are tokenized with it too, whatever the site's language is.

A rebuild adopts the site's language and the tokenizer's RULE; until then `forum check` reports the difference.
"""

import time
from dataclasses import dataclass

from forum.infra.ephemeral_store import PerApp
from forum.search.index import index_state
from forum.search.text.stemmers import ENGLISH
from forum.search.text.tokenizer import RULE

LOOK_EVERY = 1.0  # seconds; for this long a process may still write in the language before a rebuild
_NAME, _RULE = "language", "rule"


@dataclass
class _Cached:
    language: str = ""
    looked_at: float = 0.0


_cached = PerApp(lambda _: _Cached())


def language() -> str:
    """The index's language, such as "de"."""
    cached, now = _cached.here(), time.monotonic()
    if not cached.language or now - cached.looked_at >= LOOK_EVERY:
        cached.language = index_state.load(_NAME) or ENGLISH
        cached.looked_at = now
    return cached.language


def plain(name: str) -> str:
    """The language of a locale: "pt" of "pt-BR"."""
    return name.replace("_", "-").partition("-")[0].lower()


def remember(name: str) -> None:
    """Store the index's new language, and the tokenizer's current RULE."""
    index_state.store(_RULE, RULE)
    index_state.store(_NAME, plain(name)[:3])
    forget()


def is_of_today() -> bool:
    """Whether the index was tokenized by the current RULE."""
    return index_state.load_number(_RULE) == RULE


def forget() -> None:
    """Drop the cached language, after a change by this process."""
    _cached.here().language = ""
