"""The pages on which moderators deal with a member: overview, notes, warnings."""
