"""Who is asking: login cookies, sessions and form tokens."""
