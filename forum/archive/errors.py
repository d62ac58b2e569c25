"""Errors in files that an operator names; each message is one line."""

TOO_NEW = "{} was made by a newer version of forum (schema {}, this version supports {}): install that version first."


class BadFile(Exception):
    """A file or folder that cannot be read or written."""


class BadArchive(BadFile):
    """An archive that cannot be read; the message names the file and the line."""


class BadBackup(BadFile):
    """A backup that cannot be written or restored."""
