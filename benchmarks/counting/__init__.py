"""What lists and counts of many cases cost."""
