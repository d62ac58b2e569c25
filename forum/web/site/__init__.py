"""Pages of the site as a whole: help, contact and terms, feeds, health, and URLs that programs know."""
