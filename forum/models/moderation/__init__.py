"""What moderation stores."""
