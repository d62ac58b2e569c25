"""Appeals by members against decisions about them, and deciding about these."""
