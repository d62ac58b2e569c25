"""Pages to read and write: index, boards, threads, posts and search."""
