"""Certificates, keys and signatures of the national suite: SM2 with SM3 (国密)."""
