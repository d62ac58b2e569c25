"""The forum of the search's tests, once on each database."""

from tests.search.conftest import library

__all__ = ["library"]
