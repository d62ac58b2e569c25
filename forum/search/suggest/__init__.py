"""Corrections ("Did you mean") and suggestions while a query is typed."""
