"""Keeps compiled templates for all processes of a test run: to compile them takes two seconds of each that starts."""

import atexit
import os
import shutil
import tempfile

from jinja2 import FileSystemBytecodeCache

from forum.app import ForumApp

VARIABLE = "TESTS_COMPILED_TEMPLATES"  # the folder, which the first process of a run creates


def share_compiled_templates() -> None:
    """Let the apps of this process, and of those it starts, load what another has compiled during this run."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = tempfile.mkdtemp(prefix="forum-templates-")
        atexit.register(_delete, os.environ[VARIABLE], os.getpid())
    ForumApp.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(os.environ[VARIABLE])}


def _delete(folder: str, creator: int) -> None:
    if os.getpid() == creator:
        shutil.rmtree(folder, ignore_errors=True)
