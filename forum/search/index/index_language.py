"""The language in which the index was cut into words: what is looked for is cut in it too, whatever the site says.

A rebuild takes the site's language over, and the rule of words.py; until then `forum check` tells that they differ.
"""

import time
from dataclasses import dataclass

from forum.infra.ephemeral_store import PerApp
from forum.search.index import index_state
from forum.search.text.stemmers import ENGLISH
from forum.search.text.tokenizer import RULE

LOOK_EVERY = 1.0  # seconds: so long a process may still write in the language before a rebuild
_NAME, _RULE = "language", "rule"


@dataclass
class _Held:
    language: str = ""
    looked_at: float = 0.0


_held = PerApp(lambda _: _Held())


def language() -> str:
    """The index's language, such as "de"."""
    held, now = _held.here(), time.monotonic()
    if not held.language or now - held.looked_at >= LOOK_EVERY:
        held.language = index_state.load(_NAME) or ENGLISH
        held.looked_at = now
    return held.language


def plain(name: str) -> str:
    """The language of a locale: "pt" of "pt-BR"."""
    return name.replace("_", "-").partition("-")[0].lower()


def remember(name: str) -> None:
    """Note the language that the index is in from now on, cut by the rule of today."""
    index_state.store(_RULE, RULE)
    index_state.store(_NAME, plain(name)[:3])
    forget()


def is_of_today() -> bool:
    """Whether the index was cut by the rule of today."""
    return index_state.load_number(_RULE) == RULE


def forget() -> None:
    """Look at the next use: after a change by this process."""
    _held.here().language = ""
