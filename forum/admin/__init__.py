"""What admins change while the forum runs: site settings, boards, reaction kinds, member titles, smilies."""
