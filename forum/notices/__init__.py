"""Notices above the pages: which ones a visitor is shown, and closing them."""
