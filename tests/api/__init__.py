"""Tests at the door for programs."""
