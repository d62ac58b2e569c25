"""Schemas of watching threads and boards."""
