"""What can be wrong with a file that an operator names; each text is one clear line."""

TOO_NEW = "{} was made by a newer version of forum (schema {}, this one knows {}): install that version first."


class BadFile(Exception):
    """A file or folder that cannot be read or written."""


class BadArchive(BadFile):
    """An archive that cannot be read; the text names the file and the line."""


class BadBackup(BadFile):
    """A backup that cannot be written or restored."""
