"""Text: characters, slugs, mail addresses, languages and translated messages."""
