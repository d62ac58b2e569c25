"""What a member logs in with: passwords, login sessions, API tokens and tokens sent by mail."""
