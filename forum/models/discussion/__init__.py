"""Models of boards, threads and posts, and of what members read, react to and draft in them."""
