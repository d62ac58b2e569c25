"""What members are told, once of each thing, and what they want to be told."""
