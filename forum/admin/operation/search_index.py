"""The state of the search index; ask for a check or a rebuild."""

from collections.abc import Sequence
from dataclasses import dataclass

from forum.admin.rules import Administrator, authorize
from forum.audit_log import record
from forum.models import Right
from forum.search.index import maintenance, term_frequencies
from forum.search.index.index_check import state_problems
from forum.search.index.index_language import base_language, is_current_version, language
from forum.search.index.maintenance import Maintenance, Task
from forum.site.queries import snapshot


@dataclass(frozen=True)
class IndexState:
    """What is known of the index without going through it."""

    threads: int
    language: str
    site_language: str
    has_current_rules: bool
    problems: Sequence[str]
    maintenance: Maintenance


def index_state() -> IndexState:
    """The state of the search index."""
    wanted = snapshot().language
    state = maintenance.maintenance()
    return IndexState(
        threads=term_frequencies.load([]).threads,
        language=language(),
        site_language=base_language(wanted),
        has_current_rules=is_current_version(),
        problems=list(state_problems(wanted)) if not state.is_rebuilding else [],
        maintenance=state,
    )


def request_check(actor: Administrator) -> None:
    """Ask for a comparison of the whole index with the forum."""
    admin = authorize(actor, Right.RUN_JOBS)
    maintenance.request(Task.CHECK)
    record("check-search-index", actor=admin)


def request_rebuild(actor: Administrator) -> None:
    """Ask for a rebuild in the site's language; search works meanwhile."""
    admin = authorize(actor, Right.RUN_JOBS)
    maintenance.request(Task.REBUILD)
    record("rebuild-search-index", actor=admin)
