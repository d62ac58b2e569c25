"""The spam cleaner: removes what a spammer wrote and gave, bans them, and takes all of it back."""
