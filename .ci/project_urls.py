"""Adds the project's URLs to the package metadata, as set by its publisher."""

import os
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

ADDRESSES = {
    "FORUM_PROJECT_URL": "Homepage",
    "FORUM_PROJECT_SOURCE_URL": "Source",
    "FORUM_PROJECT_ISSUES_URL": "Issues",
}


class ProjectAddresses(MetadataHookInterface):
    """Reads the URLs from the build environment."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the URLs that are set."""
        metadata["urls"] = {label: os.environ[name] for name, label in ADDRESSES.items() if os.environ.get(name)}
