"""What an authority issued and withdrew, and its rising numbers: ``register.json``."""

import json
import os
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
from field_app.crypto.suite_keys import recipient_text
from field_app.domain.withdrawal import Withdrawal

_FILE = "register.json"
MAX_BYTES = 64 << 20
_TEXTS = ("serial", "purpose", "name", "number", "valid_to", "sha256", "pem")


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    beside = path.with_name(path.name + ".part")
    beside.touch(mode=0o600)
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


@dataclass
class Register:
    """Rows of ``issued``: ``serial``, ``purpose``, ``name``, ``number``, ``withdrawn``, ``pem`` ...

    A row that is withdrawn tells also its ``reason`` (:class:`Withdrawal`) and a ``note`` in words.
    """

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

    def withdraw(self, serial: str, *, at: datetime, reason: Withdrawal = Withdrawal.OTHER,
                 note: str = "") -> bool:
        """Withdraw a certificate; it is on every later CRL. False when there is none.

        One that was withdrawn before keeps its first date and reason.
        """
        for row in self.issued:
            if row["serial"] == serial:
                if not row["withdrawn"]:
                    row.update(withdrawn=at.isoformat(), reason=reason.value, note=note)
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
                {"unit": r.unit, "recipient": recipient_text(r.recipient)} for r in hq_recipients],
            "officers": officers, "encryption": encryption, "custodians": custodians,
            "agency": agency})

    def save(self, folder: Path) -> None:
        """Write ``register.json`` into ``folder``."""
        text = json.dumps(vars(self), ensure_ascii=False, indent=1)
        write_private(folder / _FILE, text.encode())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read it; ``OSError``, ``ValueError`` or ``TypeError`` when it is not there or damaged."""
        with (folder / _FILE).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ValueError("register is too large")
        try:
            made = cls(**json.loads(data))
        except RecursionError as error:
            raise ValueError("register is damaged") from error
        _check(made)
        return made


def _check(register: Register) -> None:
    """Numbers are numbers, and every row has what is asked of it; ``ValueError``."""
    if not all(isinstance(n, int) and n >= 0 for n in (register.crl_number, register.bundle_number)):
        raise ValueError("register's numbers are damaged")
    if not isinstance(register.issued, list):
        raise ValueError("register's rows are damaged")
    for row in register.issued:
        whole = isinstance(row, dict) and all(isinstance(row.get(k), str) for k in _TEXTS)
        if not whole or not isinstance(row.get("withdrawn"), str | None):
            raise ValueError("a row of the register is damaged")
        Purpose(row["purpose"])
        for told in filter(None, (row["valid_to"], row["withdrawn"])):
            if datetime.fromisoformat(told).tzinfo is None:
                raise ValueError("a time without offset")
        Withdrawal(row.get("reason", Withdrawal.OTHER.value))
