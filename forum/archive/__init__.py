"""The door for files: export and import."""
