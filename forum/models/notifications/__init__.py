"""What members are told, and what they want to be told."""
