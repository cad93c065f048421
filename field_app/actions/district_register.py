"""What an authority issued, one entry for each key handed over, with its state in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from field_app.credentials.certificate_file import from_pem
from field_app.credentials.profile import Purpose, officer_info, officer_of, subject_agency
from field_app.domain.clock import CHINA
from field_app.domain.people import Role
from field_app.domain.withdrawal import Withdrawal
from field_app.rules.table import rules


class Holder(Enum):
    """Who holds what was issued."""

    OFFICER = "人员"
    DEVICE = "执法电脑"
    CUSTODIAN = "密钥保管人"
    HEADQUARTERS = "总部"


class Standing(Enum):
    """Whether a certificate can be used; ``SOON``: it can, and is due for renewal."""

    VALID = "valid"
    SOON = "soon"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


_HOLDERS = {Purpose.OFFICER: Holder.OFFICER, Purpose.DEVICE: Holder.DEVICE,
            Purpose.CUSTODIAN: Holder.CUSTODIAN, Purpose.HEADQUARTERS: Holder.HEADQUARTERS,
            Purpose.SERVER: Holder.HEADQUARTERS, Purpose.TIME: Holder.HEADQUARTERS}


@dataclass(frozen=True)
class Issued:
    """One issue: an officer's two certificates, or one of anyone else. ``sha256``: fingerprints,
    the signing one first; ``role`` None for what is no officer."""

    holder: Holder
    number: str
    name: str
    serials: tuple[str, ...]
    sha256: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime
    agency: str = ""
    unit: str = ""
    unit_code: str = ""
    role: Role | None = None
    withdrawn: datetime | None = None
    reason: Withdrawal = Withdrawal.OTHER
    note: str = ""

    def standing(self, at: datetime) -> Standing:
        """Where it stands at a time (aware)."""
        if self.withdrawn is not None:
            return Standing.WITHDRAWN
        if at > self.valid_to:
            return Standing.EXPIRED
        return Standing.SOON if (self.valid_to - at).days <= remind_days() else Standing.VALID

    def told(self, at: datetime) -> str:
        """The same in words."""
        state = self.standing(at)
        if self.withdrawn is not None:
            why = self.note or self.reason.label
            return f"已于{self.withdrawn.astimezone(CHINA):%Y-%m-%d}吊销（{why}）"
        if state is Standing.EXPIRED:
            return f"已于{self.valid_to.astimezone(CHINA):%Y-%m-%d}到期"
        days = (self.valid_to - at).days
        return f"有效，还有{days}天到期" if state is Standing.SOON else "有效"


@dataclass(frozen=True)
class Employer:
    """Where an officer works, as it stands in the certificate."""

    agency: str
    unit: str
    unit_code: str = ""


def employers(issued: Sequence[Issued]) -> list[Employer]:
    """Where the officers work whom the register knows, each once, the one of the newest issue first."""
    newest = reversed([one for one in issued if one.holder is Holder.OFFICER])
    return list(dict.fromkeys(Employer(one.agency, one.unit, one.unit_code) for one in newest))


def remind_days() -> int:
    """From how many days before its end a certificate is due for renewal (rule PE-03)."""
    return max(int(d) for d in rules()["PE-03"].values["remind_days"])


def issued_from(rows: Sequence[dict[str, Any]]) -> list[Issued]:
    """The register's rows as entries; the key that opens stands with the one that signs."""
    made: list[Issued] = []
    for row in rows:
        purpose = Purpose(row["purpose"])
        if purpose is Purpose.OFFICER_ENCRYPTION:
            at = _beside(made, row)
            if at is not None:
                made[at] = _with(made[at], row)
            continue
        made.append(_entry(purpose, row))
    return made


def _beside(made: list[Issued], row: dict[str, Any]) -> int | None:
    """The officer's entry that this encryption certificate was issued with."""
    for at in range(len(made) - 1, -1, -1):
        one = made[at]
        if one.holder is Holder.OFFICER and one.number == row["number"] and len(one.serials) == 1:
            return at
    return None


def _with(one: Issued, row: dict[str, Any]) -> Issued:
    return replace(one, serials=(*one.serials, row["serial"]), sha256=(*one.sha256, row["sha256"]))


def _entry(purpose: Purpose, row: dict[str, Any]) -> Issued:
    certificate = from_pem(row["pem"].encode())
    officer = officer_of(certificate) if purpose is Purpose.OFFICER else None
    withdrawn = row["withdrawn"]
    return Issued(
        _HOLDERS[purpose], row["number"], row["name"], (row["serial"],), (row["sha256"],),
        certificate.not_valid_before_utc, certificate.not_valid_after_utc,
        agency=subject_agency(certificate), unit=officer.unit if officer else "",
        unit_code=officer_info(certificate).unit_code if officer else "",
        role=officer.role if officer else None,
        withdrawn=datetime.fromisoformat(withdrawn) if withdrawn else None,
        reason=Withdrawal(row.get("reason", Withdrawal.OTHER.value)), note=str(row.get("note", "")))


def grouped(sha256: str) -> str:
    """A fingerprint in groups of four, to be read aloud and compared."""
    return " ".join(sha256[at:at + 4] for at in range(0, len(sha256), 4))
