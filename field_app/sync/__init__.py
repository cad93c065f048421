"""The wire from the field side: sends case packages and brings receipts back (``le-sync/1``)."""
