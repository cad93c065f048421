"""What is allowed, and by which law: pure functions over data, returning reasons."""
