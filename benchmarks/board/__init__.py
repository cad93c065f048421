"""What the board costs with ten thousand open cases."""
