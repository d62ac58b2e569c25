"""From a typed query to ranked rows that the reader may see."""
