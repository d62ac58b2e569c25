"""Renders Markdown to safe HTML at a bounded cost."""
