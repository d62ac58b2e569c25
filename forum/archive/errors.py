"""Errors in archives; each message is one line."""

from forum.infra.errors import BadFile


class BadArchive(BadFile):
    """An archive that cannot be read; the message names the file and the line."""
