"""Authentication: login cookies, sessions and CSRF tokens."""
