"""How the forum is: what its processes note of jobs and mail, and the checks that operators and balancers read."""
