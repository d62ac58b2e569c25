"""marshmallow schemas of the interfaces: ...In for input, ...Out for output."""
