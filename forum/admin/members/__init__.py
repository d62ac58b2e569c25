"""Find accounts, and change them."""
