"""What an authority issued and withdrew, and its rising numbers: ``register.json``."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from field_app.credentials.profile import Purpose, fingerprint, subject_name
from field_app.credentials.trust import BUNDLE_FORMAT, HqRecipient
from field_app.crypto.canonical import canonical

_FILE = "register.json"


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    beside = path.with_name(path.name + ".part")
    beside.touch(mode=0o600)
    beside.write_bytes(data)
    beside.replace(path)


@dataclass
class Register:
    """Rows of ``issued``: ``serial``, ``purpose``, ``name``, ``number``, ``withdrawn``, ``pem`` ..."""

    crl_number: int = 0
    bundle_number: int = 0
    issued: list[dict[str, Any]] = field(default_factory=list)

    def note(self, certificate: x509.Certificate, purpose: Purpose, *, number: str,
             valid_to: datetime) -> None:
        """Remember a certificate that was issued."""
        self.issued.append({
            "serial": str(certificate.serial_number), "purpose": purpose.value,
            "name": subject_name(certificate), "number": number,
            "valid_to": valid_to.isoformat(), "sha256": fingerprint(certificate),
            "withdrawn": None,
            "pem": certificate.public_bytes(Encoding.PEM).decode()})

    def withdraw(self, serial: str, *, at: datetime) -> bool:
        """Withdraw a certificate; it is on every later CRL. False when there is none."""
        for row in self.issued:
            if row["serial"] == serial:
                row["withdrawn"] = row["withdrawn"] or at.isoformat()
                return True
        return False

    def next_crl(self) -> tuple[int, list[dict[str, Any]]]:
        """The next CRL number, and the rows that are withdrawn."""
        self.crl_number += 1
        return self.crl_number, [row for row in self.issued if row["withdrawn"]]

    def bundle(self, *, at: datetime, root: x509.Certificate,
               intermediates: Sequence[x509.Certificate],
               crls: Sequence[x509.CertificateRevocationList],
               hq_recipients: Sequence[HqRecipient], agency: dict[str, Any]) -> bytes:
        """The bytes of the next trust bundle, to be signed by headquarters."""
        self.bundle_number += 1
        officers, encryption, custodians = (
            [row["pem"] for row in self.issued
             if row["purpose"] == purpose.value and not row["withdrawn"]]
            for purpose in (Purpose.OFFICER, Purpose.OFFICER_ENCRYPTION, Purpose.CUSTODIAN))
        return canonical({
            "format": BUNDLE_FORMAT, "number": self.bundle_number, "issued": at.isoformat(),
            "root": root.public_bytes(Encoding.PEM).decode(),
            "intermediates": [c.public_bytes(Encoding.PEM).decode() for c in intermediates],
            "crls": [crl.public_bytes(Encoding.PEM).decode() for crl in crls],
            "hq_recipients": [
                {"unit": r.unit, "recipient": str(r.recipient)} for r in hq_recipients],
            "officers": officers, "encryption": encryption, "custodians": custodians,
            "agency": agency})

    def save(self, folder: Path) -> None:
        """Write ``register.json`` into ``folder``."""
        text = json.dumps(vars(self), ensure_ascii=False, indent=1)
        write_private(folder / _FILE, text.encode())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read it; ``OSError``, ``ValueError`` or ``TypeError`` when it is not there or damaged."""
        return cls(**json.loads((folder / _FILE).read_text("utf-8")))
