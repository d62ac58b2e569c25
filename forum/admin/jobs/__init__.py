"""The recurring jobs, as admins see them."""
