"""Judges who signed a statement: signatures, roles, certificates (FORMAT.md, section 7)."""

from datetime import datetime, timedelta

from field_app.credentials.cms import CmsRefused, CmsSigner, verify_detached
from field_app.credentials.key_kinds import is_sm2, public_key_der
from field_app.credentials.profile import Purpose, fingerprint, officer_of, subject_name
from field_app.credentials.trust import CertificateRefused, Trust, check_certificate
from field_app.crypto.suites import GM
from field_app.domain.people import Role
from field_app.packages.existing import SignedStatement
from field_app.packages.statement import Statement
from field_app.packages.verdicts import Finding, finding

# Clocks of two honest machines may differ by this much.
CLOCK_SLACK = timedelta(minutes=10)


def _certificate_findings(signer: CmsSigner, purpose: Purpose, trust: Trust, *, at: datetime,
                          revision: int) -> list[Finding]:
    where = subject_name(signer.certificate)
    found = []
    if signer.signing_time > at + CLOCK_SLACK:
        found.append(finding("signed_in_future", where=where, revision=revision))
    try:
        check_certificate(signer.certificate, trust, at=signer.signing_time, purpose=purpose)
    except CertificateRefused as error:
        return [*found, finding(f"certificate_{error.code}", where=where, revision=revision)]
    try:
        check_certificate(signer.certificate, trust, at=at, purpose=purpose)
    except CertificateRefused as error:
        if error.code == "revoked":
            found.append(finding("revoked_since", where=where, revision=revision))
    return found


def _enough_officers(signers: list[CmsSigner]) -> bool:
    numbers, keys = set(), set()
    for signer in signers:
        try:
            officer = officer_of(signer.certificate)
        except ValueError:
            return False
        if officer.role is not Role.QUALIFIED:
            return False
        numbers.add(officer.cert_no)
        keys.add(public_key_der(signer.certificate))
    return len(numbers) >= 2 and len(keys) == len(signers)


def _device_findings(statement: Statement, device: CmsSigner | None) -> list[Finding]:
    if device is None:
        return [finding("device_not_signed", revision=statement.revision)]
    if subject_name(device.certificate) != statement.device:
        return [finding("device_differs", where=statement.device, revision=statement.revision)]
    return []


def _differ(statement: Statement, officers: list[CmsSigner]) -> list[Finding]:
    if sorted(fingerprint(s.certificate) for s in officers) != list(statement.officers):
        return [finding("officers_differ", revision=statement.revision)]
    return []


def _officer_findings(statement: Statement, officers: list[CmsSigner]) -> list[Finding]:
    codes = []
    if statement.state.needs_officers and not _enough_officers(officers):
        codes.append("officers_missing")
    return [finding(code, revision=statement.revision) for code in codes]


def _judge(signed: SignedStatement, trust: Trust | None, *, at: datetime,
           officers_too: bool) -> list[Finding]:
    statement = signed.statement
    revision = statement.revision
    try:
        signers = verify_detached(signed.data, signed.signature)
    except CmsRefused as error:
        return [finding("signature_invalid", where=error.code, revision=revision)]
    if is_sm2(signers[0].certificate) != (statement.suite == GM):
        return [finding("signature_invalid", where="suite", revision=revision)]
    device = next(
        (s for s in signers if fingerprint(s.certificate) == statement.device_cert), None)
    officers = [s for s in signers if s is not device]
    found = _device_findings(statement, device)
    if trust is not None and device is not None:
        found += _certificate_findings(device, Purpose.DEVICE, trust, at=at, revision=revision)
    found += _differ(statement, officers)
    if officers_too:
        found += _officer_findings(statement, officers)
    if officers_too and trust is not None:
        for officer in officers:
            found += _certificate_findings(
                officer, Purpose.OFFICER, trust, at=at, revision=revision)
    return found


def judge_signatures(signed: SignedStatement, trust: Trust | None, *,
                     at: datetime) -> list[Finding]:
    """Everything that is wrong with the signatures of one statement.

    Certificates are judged at each signer's signing time; ``at`` (aware) is now. Without
    ``trust`` only mathematics and roles are judged.
    """
    return _judge(signed, trust, at=at, officers_too=True)


def judge_device(signed: SignedStatement, trust: Trust, *, at: datetime) -> list[Finding]:
    """What is wrong with the device's signature alone: whether the statement may be heard.

    Signatures of others than those it names are told too: somebody on the way took some out, or put some in.
    """
    return _judge(signed, trust, at=at, officers_too=False)
