"""The spam cleaner."""
