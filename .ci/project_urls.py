"""Puts the addresses of this copy of the project into the package's metadata: who publishes it names them."""

import os
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

ADDRESSES = {
    "FORUM_PROJECT_URL": "Homepage",
    "FORUM_PROJECT_SOURCE_URL": "Source",
    "FORUM_PROJECT_ISSUES_URL": "Issues",
}


class ProjectAddresses(MetadataHookInterface):
    """Reads the addresses from the environment of the build."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add those that are given."""
        metadata["urls"] = {label: os.environ[name] for name, label in ADDRESSES.items() if os.environ.get(name)}
