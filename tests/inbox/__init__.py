"""Tests of mail that members send."""
