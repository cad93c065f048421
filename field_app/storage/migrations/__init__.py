"""Schema changes, one file each, never edited once released."""
