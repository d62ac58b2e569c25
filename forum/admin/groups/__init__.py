"""Change groups, access lists and rights, and explain what they allow."""
