"""Tests of the command line and of `forum serve`."""
