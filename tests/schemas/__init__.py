"""Tests of input schemas."""
