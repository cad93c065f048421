"""Keys that files are sealed to, of either suite, and how they are written down.

``intl-1``: ``age1...`` and ``AGE-SECRET-KEY-1...``; ``gm-1``: PEM of the public key and of PKCS#8,
which ``openssl`` reads.
"""

from asn1crypto import pem

from field_app.crypto.age_keys import Identity, Recipient
from field_app.crypto.gm.header import GmIdentity
from field_app.crypto.gm.key_forms import private_pem, read_private_pem
from field_app.crypto.gm.provider import GmRefused
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.gm.software import SoftSm2, SoftwareGm
from field_app.crypto.suites import GM, INTL, AnyIdentity, AnyRecipient

MAX_KEY_TEXT = 4 << 10
_PUBLIC, _PEM = "PUBLIC KEY", "-----BEGIN"


def new_identity(suite: str) -> AnyIdentity:
    """A fresh key that opens files; ``GmUnavailable`` where SM2 is not installed."""
    if suite == GM:
        software = SoftwareGm()
        return GmIdentity(software, software.generate())
    return Identity.generate()


def suite_of_identity(identity: AnyIdentity) -> str:
    """The suite of the files that it opens."""
    return GM if isinstance(identity, GmIdentity) else INTL


def secret_text(identity: AnyIdentity) -> str:
    """The identity's file form; whoever calls this owns keeping it secret.

    ``ValueError`` for a key that lies in a module.
    """
    if isinstance(identity, Identity):
        return identity.secret_text()
    if not isinstance(identity.key, SoftSm2):
        raise ValueError("the key lies in a module")
    return private_pem(identity.key).decode("ascii")


def parse_identity(text: str) -> AnyIdentity:
    """Read :func:`secret_text`; ``ValueError`` when it is none, ``GmUnavailable`` for SM2 where it is
    not installed."""
    if not text.lstrip().startswith(_PEM):
        return Identity.parse(text)
    software = SoftwareGm()
    try:
        return GmIdentity(software, read_private_pem(text.encode(), software))
    except GmRefused as error:
        raise ValueError("not an SM2 private key") from error


def recipient_text(recipient: AnyRecipient) -> str:
    """A public key as text, for trust bundles and people."""
    if isinstance(recipient, Recipient):
        return str(recipient)
    return bytes(pem.armor(_PUBLIC, recipient.spki)).decode("ascii")


def parse_recipient(text: str) -> AnyRecipient:
    """Read :func:`recipient_text`; ``ValueError`` for anything else."""
    if not text.startswith(_PEM):
        return Recipient.parse(text)
    if len(text) > MAX_KEY_TEXT:
        raise ValueError("public key is too large")
    kind, _headers, der = pem.unarmor(text.encode())
    if kind != _PUBLIC:
        raise ValueError("not a public key")
    return Sm2Public.from_spki(der)
