"""Officer certificates, keys, trust and the two-officer login; all of it works offline."""
