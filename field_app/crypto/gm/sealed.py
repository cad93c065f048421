"""Files of ``le-gm/v1``: as age v1 in every step, with the national algorithms (FORMAT.md).

Written and read through :mod:`field_app.crypto.suites`, as age files are.
"""

import os
from collections.abc import Sequence
from typing import BinaryIO

from field_app.crypto.gm.header import GmIdentity, make_header, payload_key, read_header
from field_app.crypto.gm.provider import GmProvider
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.stanzas import NoMatchingIdentity
from field_app.crypto.stream import NONCE_BYTES, Beginning, Payload, read_nonce


def begin_gm(provider: GmProvider, recipients: Sequence[Sm2Public]) -> Beginning:
    """A fresh file key and nonce; ``ValueError`` without a recipient."""
    file_key, header = make_header(provider, recipients)
    nonce = os.urandom(NONCE_BYTES)
    return Beginning(header + nonce, provider.sm4_gcm(payload_key(file_key, nonce)))


def gm_payload(file: BinaryIO, identities: Sequence[GmIdentity]) -> Payload:
    """Open the header at the start of ``file``; :class:`AgeError` when it is unusable."""
    if not identities:
        raise NoMatchingIdentity("no SM2 identity")
    file.seek(0)
    file_key, length = read_header(file, identities)
    aead = identities[0].provider.sm4_gcm(payload_key(file_key, read_nonce(file, length)))
    return Payload(length + NONCE_BYTES, aead)
