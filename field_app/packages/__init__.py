"""Seals, checks and opens case packages (``le-package/1``); see FORMAT.md."""
