"""What members watch and mute, and whom posts are still to be told."""
