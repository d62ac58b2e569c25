"""marshmallow shapes at the doors: ...In for what comes, ...Out for what goes."""
