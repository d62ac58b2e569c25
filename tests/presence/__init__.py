"""Tests of presence: viewers and view counts."""
