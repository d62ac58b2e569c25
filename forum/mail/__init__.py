"""Outgoing mail: composing, the queue as admins see it, and what DNS says about the sender. `jobs/mail.py` sends it."""
