"""Alerts: who is told of what."""
