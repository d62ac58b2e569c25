"""Schemas of notifications."""
