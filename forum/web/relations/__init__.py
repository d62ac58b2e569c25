"""Pages on which members ignore and follow others."""
