"""Notifications over the API."""
