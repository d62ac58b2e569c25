"""The front step: pages that guests were shown already are shown again before the house is asked."""
