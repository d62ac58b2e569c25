"""The command-line interface."""

from forum.cli.commands import main

__all__ = ["main"]
