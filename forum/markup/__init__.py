"""Markdown to HTML that is safe to show, at a bounded cost."""
