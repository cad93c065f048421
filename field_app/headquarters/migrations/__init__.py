"""Migrations of headquarters' tables; run by ``store.open_store``."""
