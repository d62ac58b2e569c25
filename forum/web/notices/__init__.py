"""Notices: above the pages, and where admins write them."""
