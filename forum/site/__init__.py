"""Settings that an operator changes at runtime, as one frozen snapshot."""
