"""Headquarters: receives case packages, checks and opens them, and signs receipts.

Its own process with its own tables; shares only formats with the field app.
"""
