"""Serving the forum over HTTP: granian, the ASGI application it runs, and the job process beside it."""
