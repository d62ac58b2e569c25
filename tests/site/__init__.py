"""Tests of site settings."""
