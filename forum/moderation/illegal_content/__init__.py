"""Notices of illegal content by guests and members: sending them, answering them, their deadlines."""
