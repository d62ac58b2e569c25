"""What an operator tunes while the forum runs, as one frozen snapshot."""
