"""The laptop's side of mutual TLS 1.3.

Python's TLS reads keys from files only, and no key of ours may lie on a disk in plain. So the
key arrives encrypted under a random one-time password that lives in memory alone
(:class:`field_app.credentials.cms.TlsIdentity`); that encrypted form is put into a private
folder for the moment of loading and removed. Whoever finds it has nothing.
"""

import ssl
import tempfile
from pathlib import Path
from typing import Any

from field_app.credentials.pem_keys import TlsIdentity


class _WholeSends(ssl.SSLSocket):
    """Sends all it is given. The library above cuts off what one record of TLS (16 KiB) took and
    copies the rest each time, 64 times over for a part."""

    def send(self, data: Any, flags: int = 0) -> int:
        with memoryview(data) as view, view.cast("B") as octets:
            sent = 0
            while sent < len(octets):
                sent += super().send(octets[sent:], flags)
            return sent


_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"


def client_context(authorities_pem: bytes, identity: TlsIdentity) -> ssl.SSLContext:
    """Trusts only ``authorities_pem``, checks the host name, shows the device certificate."""
    if _ENCRYPTED not in identity.encrypted_key_pem:
        raise ValueError("the device key must be encrypted")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _WholeSends
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=authorities_pem.decode("ascii"))
    with tempfile.TemporaryDirectory(prefix="field-desk-tls-") as name:
        chain, key = Path(name) / "chain.pem", Path(name) / "key.pem"
        chain.write_bytes(identity.chain_pem)
        key.write_bytes(identity.encrypted_key_pem)
        context.load_cert_chain(chain, key, password=identity.password)
    return context
