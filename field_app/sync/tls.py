"""The laptop's side of mutual TLS 1.3.

Python's TLS reads keys from files only, and no key of ours may lie on a disk in plain. So the
key arrives encrypted under a random one-time password that lives in memory alone
(:class:`field_app.credentials.cms.TlsIdentity`); that encrypted form is put into a private
folder for the moment of loading and removed. Whoever finds it has nothing.
"""

import ssl
import tempfile
from pathlib import Path

from field_app.credentials.pem_keys import TlsIdentity

_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"


def client_context(authorities_pem: bytes, identity: TlsIdentity) -> ssl.SSLContext:
    """Trusts only ``authorities_pem``, checks the host name, shows the device certificate."""
    if _ENCRYPTED not in identity.encrypted_key_pem:
        raise ValueError("the device key must be encrypted")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=authorities_pem.decode("ascii"))
    with tempfile.TemporaryDirectory(prefix="field-desk-tls-") as name:
        chain, key = Path(name) / "chain.pem", Path(name) / "key.pem"
        chain.write_bytes(identity.chain_pem)
        key.write_bytes(identity.encrypted_key_pem)
        context.load_cert_chain(chain, key, password=identity.password)
    return context
