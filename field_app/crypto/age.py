"""Age v1 files: which key opens the chunks, and with what they are sealed.

A payload is a 16-byte nonce and ChaCha20-Poly1305 chunks of 64 KiB plaintext (C2SP age.md). Files
are written and read through :mod:`field_app.crypto.suites`.
"""

import os
from collections.abc import Sequence
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from field_app.crypto.age_header import hkdf, make_header, read_header
from field_app.crypto.age_keys import Identity, Recipient
from field_app.crypto.stream import NONCE_BYTES, Beginning, Payload, read_nonce


def _cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(hkdf(file_key, salt=nonce, info=b"payload"))


def begin_age(recipients: Sequence[Recipient]) -> Beginning:
    """A fresh file key and nonce; ``ValueError`` without a recipient."""
    file_key, header = make_header(recipients)
    nonce = os.urandom(NONCE_BYTES)
    return Beginning(header + nonce, _cipher(file_key, nonce))


def age_payload(file: BinaryIO, identities: Sequence[Identity]) -> Payload:
    """Open the header at the start of ``file``; :class:`AgeError` when it is unusable."""
    file.seek(0)
    file_key, length = read_header(file, identities)
    return Payload(length + NONCE_BYTES, _cipher(file_key, read_nonce(file, length)))
