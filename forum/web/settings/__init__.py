"""The settings in words: their fields on pages of administration, and the search over all of them."""
