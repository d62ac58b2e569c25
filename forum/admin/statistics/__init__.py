"""Counts of what happened in each day, week and month."""
