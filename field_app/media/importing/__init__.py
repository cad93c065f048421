"""Originals from recorders' cards: found, understood by their heads, sealed as they are."""
