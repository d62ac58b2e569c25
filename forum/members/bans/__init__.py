"""Blocks of addresses and e-mail domains, from which nobody registers, and new members do not post."""
