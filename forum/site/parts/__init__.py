"""Parts of the snapshot of what operators tune."""
