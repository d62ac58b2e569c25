"""The forum of the search tests, on each database."""

from tests.search.conftest import search_data, search_forum

__all__ = ["search_data", "search_forum"]
