"""Tables of the defence against spam: what the filter knows, campaigns, cleanings."""
