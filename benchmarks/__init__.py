"""Benchmarks of the forum against an empty Flask view and a bare WSGI function; not part of the product or tests."""
