"""The forum of the search's tests, once on each database."""

from tests.search.conftest import building, library

__all__ = ["building", "library"]
