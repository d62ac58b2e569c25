"""Serves cached pages to guests without calling Flask."""
