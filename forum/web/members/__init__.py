"""Pages of members: registration and login, account, alerts, profiles and bans."""
