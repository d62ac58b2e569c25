"""Web push: the browsers in which members get notifications, and the forum's keys. `jobs/push.py` sends them."""
