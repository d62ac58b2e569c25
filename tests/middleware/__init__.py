"""Tests of the guest cache."""
