"""Archives (export and import), backups, sample data and evaluation sets."""
