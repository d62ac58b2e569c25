"""Tests of similar threads."""
