"""The full-text index: its tables, its two engines, and what keeps it current."""
