"""Cameras, microphones, recordings sealed while they are made, and their playback."""
