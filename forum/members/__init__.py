"""Members: joining, names, passwords, logins and name-cards."""
