"""What members type becomes HTML that is safe to show, within a bounded cost."""
