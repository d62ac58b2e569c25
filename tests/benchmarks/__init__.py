"""Tests of what measures: that it judges as it says."""
