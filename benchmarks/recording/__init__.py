"""What a recorded minute costs, ours beside ffmpeg's."""
