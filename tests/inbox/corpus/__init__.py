"""Answers as mail programs write them, in twelve languages, each with the text that its author typed."""
