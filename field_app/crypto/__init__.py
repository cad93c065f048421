"""Seals bytes and opens them: age files, hashes, pair wrap, key derivation. Knows no case."""
