"""The language with which the index was tokenized; queries are tokenized with it too, whatever the site's language is.

A rebuild adopts the site's language and TOKENIZER_VERSION; until then `forum check` reports the difference.
"""

import time
from dataclasses import dataclass

from forum.infra.database.per_app import PerApp
from forum.search.index import index_state
from forum.search.text.stemmers import ENGLISH
from forum.search.text.tokenizer import TOKENIZER_VERSION

CACHE_SECONDS = 1.0  # seconds; for this long a process may still write in the language before a rebuild
_NAME, _RULE = "language", "rule"


@dataclass
class _Cached:
    language: str = ""
    looked_at: float = 0.0


_cached = PerApp(lambda _: _Cached())


def language() -> str:
    """The index's language, such as "de"."""
    cached, now = _cached.here(), time.monotonic()
    if not cached.language or now - cached.looked_at >= CACHE_SECONDS:
        cached.language = index_state.load(_NAME) or ENGLISH
        cached.looked_at = now
    return cached.language


def base_language(name: str) -> str:
    """The language of a locale: "pt" of "pt-BR"."""
    return name.replace("_", "-").partition("-")[0].lower()


def set_language(name: str) -> None:
    """Store the index's new language, and TOKENIZER_VERSION."""
    index_state.store(_RULE, TOKENIZER_VERSION)
    index_state.store(_NAME, base_language(name)[:3])
    forget()


def is_current_version() -> bool:
    """Whether the index was tokenized with the current TOKENIZER_VERSION."""
    return index_state.load_number(_RULE) == TOKENIZER_VERSION


def forget() -> None:
    """Drop the cached language, after a change by this process."""
    _cached.here().language = ""
