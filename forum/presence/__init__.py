"""Who is here: viewers of threads and boards, and views counted."""
