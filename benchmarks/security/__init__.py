"""What proving oneself and keeping the log cost."""
