"""Pages of members: registration and login, account, profiles and bans."""
