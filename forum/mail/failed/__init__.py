"""What comes back: reading failure notices and complaints, and what follows for the address."""
