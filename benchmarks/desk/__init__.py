"""What the desk costs officers in waiting."""
