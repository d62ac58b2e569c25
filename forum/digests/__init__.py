"""Digests: e-mails with what is new in what a member watches, and what is popular, at an hour that they choose."""
