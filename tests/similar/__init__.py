"""Tests of similar."""
