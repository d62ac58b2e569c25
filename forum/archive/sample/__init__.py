"""A large realistic sample of members, threads and posts, for load tests and trials."""
