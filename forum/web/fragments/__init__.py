"""Parts of pages: their views and their cached HTML."""
