"""The `forum` command: each subcommand makes one call into the package that does the work."""

from forum.cli.commands import main

__all__ = ["main"]
