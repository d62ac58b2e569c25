"""Mail that members send."""
