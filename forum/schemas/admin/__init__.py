"""What admins enter, by form, command or as JSON."""
