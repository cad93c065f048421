"""What headquarters takes in, on either way to keep it."""
