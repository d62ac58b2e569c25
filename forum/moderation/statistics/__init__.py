"""How much moderators had to do in a time, how long they took, how often they were right; the transparency report."""
