"""Pages of administration about the installation: health, mail and backups."""
