"""Passwords of people who have no certificate: kept as Argon2id (RFC 9106) in PHC form.

Officers never have one; headquarters' staff who read in a browser do.
"""

import os

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from field_app.crypto.stretching import one_at_a_time

MIN_PASSWORD = 12
MAX_PASSWORD = 200
_MEMORY_KIB, _PASSES, _LANES = 64 << 10, 3, 2


def hash_password(password: str) -> str:
    """What is kept of a password; ``ValueError`` when it is too short or too long."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise ValueError(f"between {MIN_PASSWORD} and {MAX_PASSWORD} characters")
    stretching = Argon2id(salt=os.urandom(16), length=32, iterations=_PASSES, lanes=_LANES,
                          memory_cost=_MEMORY_KIB)
    with one_at_a_time:
        return stretching.derive_phc_encoded(password.encode())


def is_password(password: str, kept: str) -> bool:
    """Whether ``kept`` was made from this password; takes as long whether or not it was."""
    try:
        with one_at_a_time:
            Argon2id.verify_phc_encoded(password[:MAX_PASSWORD].encode(), kept)
    except (InvalidKey, ValueError):
        return False
    return True
