"""What admins do to the installation: mail and backups."""
