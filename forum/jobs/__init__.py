"""The door for the clock: what is done later and again."""
