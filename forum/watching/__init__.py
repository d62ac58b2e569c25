"""Watching and muting threads and boards: what members have chosen, and what follows for what they read."""
