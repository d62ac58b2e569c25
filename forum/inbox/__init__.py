"""Mail that members send: their answers to the forum's mail become posts."""
