"""Answers guests from cached pages before Flask is asked."""
