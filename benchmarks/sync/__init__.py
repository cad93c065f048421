"""What sealing, verifying and opening case packages costs, beside the tools people know."""
