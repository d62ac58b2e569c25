"""Parse queries and retrieve and rank the rows that the reader may see."""
