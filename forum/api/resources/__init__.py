"""The API's resources: the routes of boards, threads, posts, members and search."""
