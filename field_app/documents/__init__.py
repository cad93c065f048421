"""From answers to paper: fills the Word template and lays the same file out as PDF."""
