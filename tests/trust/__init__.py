"""Security tests, and tests of faults and outages."""
