"""Live pages: what the readers of open pages are told as soon as it happens."""
