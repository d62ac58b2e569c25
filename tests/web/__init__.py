"""Tests of the browser interface."""
