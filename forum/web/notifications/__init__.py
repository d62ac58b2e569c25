"""Notifications in the browser: the list, the panel under the bell, and what members want to be told."""
