"""Backups of the whole database, and the lock that keeps servers out during a restore."""
