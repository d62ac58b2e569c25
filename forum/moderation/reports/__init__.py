"""Reports by members: making them, what they weigh, and deciding about what they report."""
