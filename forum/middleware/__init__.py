"""WSGI around Flask: cached pages for guests, and compression."""
