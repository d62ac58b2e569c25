"""Tests of private conversations."""
