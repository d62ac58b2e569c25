"""Text for search: tokens, stems, edit distance, and snippets with highlighted words."""
