"""Lets `python -m forum.cli` run the command."""

from forum.cli import main

main()
