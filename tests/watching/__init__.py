"""Tests of watching and muting threads and boards."""
