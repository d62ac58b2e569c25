"""Models of moderation: what staff decided about members."""
