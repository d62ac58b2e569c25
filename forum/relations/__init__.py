"""What members are to each other: whom they ignore, and whom they follow."""
