"""Notices, as admins write them."""
