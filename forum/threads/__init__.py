"""What members do with threads and posts, and what pages read of them."""
