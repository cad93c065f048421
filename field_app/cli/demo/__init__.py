"""Plays one working day with the real parts, in a fresh training world."""
