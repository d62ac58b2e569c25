"""What can be wrong with a file that an operator names; each text is one clear line."""


class BadFile(Exception):
    """A file or folder that cannot be read or written."""


class BadArchive(BadFile):
    """An archive that cannot be read; the text names the file and the line."""


class BadBackup(BadFile):
    """A backup that cannot be written or restored."""
