"""What things are: frozen values, ids, money, clocks. Knows nothing of files, screens or law."""
