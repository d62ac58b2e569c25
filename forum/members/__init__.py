"""Members: joining, names, passwords, logins and profiles."""
