"""Tests of whom members ignore and follow."""
