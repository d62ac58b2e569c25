"""The full-text index: its tables, its two engines, and its maintenance."""
