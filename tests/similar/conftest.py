"""The forum of the search tests, on each database."""

from tests.search.conftest import building, library

__all__ = ["building", "library"]
