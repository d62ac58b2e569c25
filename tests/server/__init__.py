"""Tests of the server: ASGI, admission, slow clients."""
