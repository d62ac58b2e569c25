"""Services of others, tried against servers that speak their protocols."""
