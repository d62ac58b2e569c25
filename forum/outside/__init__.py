"""Services of others that are asked about members and posts, all off until an admin turns them on."""
