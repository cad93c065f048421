"""What a browser waits for at headquarters of a whole city."""
