"""Measurements of the forum against the ceilings of the same server; no part of the product or its tests."""
