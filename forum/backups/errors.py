"""Errors of backups; each message is one line."""

from forum.infra.errors import BadFile

TOO_NEW = "{} was made by a newer version of forum (schema {}, this version supports {}): install that version first."


class BadBackup(BadFile):
    """A backup that cannot be written or restored."""
