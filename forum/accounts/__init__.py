"""What belongs to a member as a person: download it, close the account, erase it, merge two."""
