"""Members: registration, names, passwords, logins and profiles."""
