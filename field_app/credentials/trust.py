"""Whom this machine believes: the signed trust bundle, and checks against it.

The bundle (``le-trust/1``) is canonical JSON, signed by a headquarters certificate (detached
CMS), and carries root, intermediates, CRLs, headquarters recipients and the officers' roster.
The root is pinned at enrolment; everything else is believed only below it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from field_app.credentials.certificate_file import from_pem
from field_app.credentials.cms import CmsRefused, verify_detached
from field_app.credentials.gm.chain import ChainBroken, build_chain
from field_app.credentials.key_kinds import crl_signed_by, is_sm2
from field_app.credentials.profile import Purpose, fingerprint, officer_info, subject_name
from field_app.crypto.canonical import MalformedJson, parse
from field_app.crypto.gm.provider import GmUnavailable
from field_app.crypto.suite_keys import parse_recipient
from field_app.crypto.suites import GM, INTL, AnyRecipient, suite_of
from field_app.errors import FieldAppError

BUNDLE_FORMAT = "le-trust/1"
MAX_BUNDLE_BYTES = 8 << 20
WARN_AFTER = timedelta(days=7)
REFUSE_NEW_CASES_AFTER = timedelta(days=30)
_MAX_CHAINS = 4096


class TrustRefused(FieldAppError):
    """A trust bundle is not acceptable; ``code`` says why (``signature``, ``older``, ``suite``, ...)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}")
        self.code = code


class CertificateRefused(FieldAppError):
    """A certificate is not acceptable.

    ``code``: ``expired``, ``not_yet_valid``, ``authority_expired``, ``revoked``, ``unknown_issuer``,
    ``wrong_purpose``, ``no_officer_info``, ``no_crl``; ``name``: the subject; ``when``: the date that decided.
    """

    def __init__(self, code: str, *, name: str = "", when: datetime | None = None,
                 detail: str = "") -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.name = name
        self.when = when


@dataclass(frozen=True)
class HqRecipient:
    """A headquarters unit that objects are sealed to."""

    unit: str
    recipient: AnyRecipient


@dataclass(frozen=True)
class Trust:
    """A believed bundle. ``number`` rises with each; ``issued`` is headquarters' time."""

    root: x509.Certificate
    intermediates: tuple[x509.Certificate, ...]
    crls: tuple[x509.CertificateRevocationList, ...]
    hq_recipients: tuple[HqRecipient, ...]
    officers: tuple[x509.Certificate, ...]
    number: int
    issued: datetime
    agency: dict[str, Any]
    encryption: tuple[x509.Certificate, ...] = ()
    custodians: tuple[x509.Certificate, ...] = ()

    @property
    def suite(self) -> str:
        """The district's algorithms: its root's key tells."""
        return GM if is_sm2(self.root) else INTL

    @cached_property
    def issuers(self) -> Mapping[x509.Name, x509.Certificate]:
        """The authorities by name."""
        return {c.subject: c for c in (self.root, *self.intermediates)}

    @cached_property
    def lists(self) -> Mapping[x509.Name, tuple[x509.CertificateRevocationList, ...]]:
        """The CRLs that their authority really signed, by its name; judged once for a bundle."""
        return {name: tuple(crl for crl in self.crls if crl.issuer == name and crl_signed_by(crl, issuer))
                for name, issuer in self.issuers.items()}

    @cached_property
    def chains(self) -> dict[tuple[x509.Certificate, Purpose], tuple[x509.Certificate, ...]]:
        """Chains that were verified, leaf first; what depends on time is judged anew each time."""
        return {}

    def age_at(self, at: datetime) -> timedelta:
        """How old the bundle is (never negative)."""
        return max(at - self.issued, timedelta())

    def encryption_of(self, signing: x509.Certificate) -> x509.Certificate:
        """The certificate an officer's keys are sealed to: the newest of the same certificate
        number, or the signing one of a card that has no other."""
        number = officer_info(signing).cert_number
        found = [c for c in self.encryption if officer_info(c).cert_number == number]
        return max(found, key=lambda c: (c.not_valid_before_utc, c.serial_number), default=signing)

    def with_roster(self, officers: tuple[x509.Certificate, ...]) -> "Trust":
        return replace(self, officers=officers)

    def root_pem(self) -> bytes:
        """The pinned root alone, for TLS and public tools."""
        return self.root.public_bytes(Encoding.PEM)

    def authorities_pem(self) -> bytes:
        """Root and intermediates, to carry along."""
        return b"".join(c.public_bytes(Encoding.PEM) for c in (self.root, *self.intermediates))


_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension,
               x509.InvalidVersion)


def _has_purpose(purpose: Purpose) -> ExtensionPolicy:
    def check(_policy: Policy, _certificate: x509.Certificate,
              usage: x509.ExtendedKeyUsage) -> None:
        if purpose.eku not in usage:
            raise ValueError("wrong purpose")

    return ExtensionPolicy.permit_all().require_present(
        x509.ExtendedKeyUsage, Criticality.AGNOSTIC, check)


def _check_validity(certificate: x509.Certificate, at: datetime) -> None:
    name = subject_name(certificate)
    if at > certificate.not_valid_after_utc:
        raise CertificateRefused("expired", name=name, when=certificate.not_valid_after_utc)
    if at < certificate.not_valid_before_utc:
        raise CertificateRefused("not_yet_valid", name=name, when=certificate.not_valid_before_utc)


def _check_authorities(certificate: x509.Certificate, trust: Trust, at: datetime) -> None:
    """Told apart from a foreign certificate: headquarters mends it, not the officer."""
    if certificate.issuer not in {c.subject for c in trust.intermediates}:
        return
    for authority in (trust.root, *trust.intermediates):
        if at > authority.not_valid_after_utc:
            raise CertificateRefused("authority_expired", name=subject_name(certificate),
                                     when=authority.not_valid_after_utc)


def _check_revocation(certificate: x509.Certificate, trust: Trust, *, at: datetime) -> None:
    issuer = trust.issuers.get(certificate.issuer)
    if issuer is None or issuer == certificate:
        return
    name = subject_name(certificate)
    lists = trust.lists[certificate.issuer]
    if not lists:
        raise CertificateRefused("no_crl", name=name)
    for crl in lists:
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None and entry.revocation_date_utc <= at:
            raise CertificateRefused("revoked", name=name, when=entry.revocation_date_utc)


def _chain(certificate: x509.Certificate, trust: Trust, at: datetime,
           purpose: Purpose) -> Sequence[x509.Certificate]:
    known = trust.chains.get((certificate, purpose))
    if known is not None and all(link.not_valid_before_utc <= at <= link.not_valid_after_utc for link in known):
        return known
    if is_sm2(certificate):
        raise ChainBroken("an SM2 certificate below a root of another kind")
    verifier = (
        PolicyBuilder().store(Store([trust.root])).time(at).max_chain_depth(2)
        .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(),
                            ee_policy=_has_purpose(purpose))
        .build_client_verifier())
    chain = tuple(verifier.verify(certificate, list(trust.intermediates)).chain)
    if len(trust.chains) < _MAX_CHAINS:
        trust.chains[certificate, purpose] = chain
    return chain


def _gm_chain(certificate: x509.Certificate, trust: Trust, at: datetime,
              purpose: Purpose) -> Sequence[x509.Certificate]:
    chain = build_chain(certificate, trust.root, trust.intermediates, at=at)
    usages = _usages(certificate)
    if usages is None or purpose.eku not in usages:
        raise ChainBroken("wrong purpose")
    return chain


def check_certificate(certificate: x509.Certificate, trust: Trust, *, at: datetime,
                      purpose: Purpose) -> None:
    """Chain, validity at ``at`` (aware), purpose and revocation (RFC 5280).

    Raises :class:`CertificateRefused` with the first thing that is wrong, validity first because
    that is what an officer can understand and mend.
    """
    try:
        _check(certificate, trust, at=at, purpose=purpose)
    except _UNREADABLE as error:
        # The library reads parts of a certificate only when they are asked for.
        raise CertificateRefused("unknown_issuer", detail=type(error).__name__) from error


def _check(certificate: x509.Certificate, trust: Trust, *, at: datetime, purpose: Purpose) -> None:
    _check_validity(certificate, at)
    name = subject_name(certificate)
    try:
        chain = (_gm_chain if is_sm2(trust.root) else _chain)(certificate, trust, at, purpose)
    except (VerificationError, ChainBroken, GmUnavailable) as error:
        usages = _usages(certificate)
        wrong = usages is not None and purpose.eku not in usages
        _check_authorities(certificate, trust, at)
        raise CertificateRefused("wrong_purpose" if wrong else "unknown_issuer", name=name,
                                 detail=str(error)) from error
    if not _usable(certificate, purpose):
        raise CertificateRefused("wrong_purpose", name=name)
    for link in chain[:-1]:
        _check_revocation(link, trust, at=at)
    if purpose in (Purpose.OFFICER, Purpose.OFFICER_ENCRYPTION):
        try:
            officer_info(certificate)
        except ValueError as error:
            raise CertificateRefused("no_officer_info", name=name) from error


_SEALED_TO = (Purpose.OFFICER_ENCRYPTION, Purpose.CUSTODIAN)


def _usable(certificate: x509.Certificate, purpose: Purpose) -> bool:
    """What RFC 5280 4.2.1.3 and 4.2.1.9 say of the key fits: no authority, and it may sign, or have
    keys sealed to it."""
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.BasicConstraints) and extension.value.ca:
            return False
        if isinstance(extension.value, x509.KeyUsage):
            usage = extension.value
            if not (usage.key_agreement if purpose in _SEALED_TO else usage.digital_signature):
                return False
    return True


def _usages(certificate: x509.Certificate) -> x509.ExtendedKeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None


def _certificates(texts: list[str]) -> tuple[x509.Certificate, ...]:
    return tuple(from_pem(text.encode()) for text in texts)


def _read_bundle(data: bytes) -> Trust:
    try:
        raw = parse(data, limit=MAX_BUNDLE_BYTES)
        if raw["format"] != BUNDLE_FORMAT:
            raise TrustRefused("format", str(raw["format"])[:40])
        return Trust(
            root=_certificates([raw["root"]])[0],
            intermediates=_certificates(raw["intermediates"]),
            crls=tuple(x509.load_pem_x509_crl(t.encode()) for t in raw["crls"]),
            hq_recipients=tuple(
                HqRecipient(str(r["unit"]), parse_recipient(r["recipient"]))
                for r in raw["hq_recipients"]),
            officers=_certificates(raw["officers"]), number=int(raw["number"]),
            issued=datetime.fromisoformat(raw["issued"]), agency=dict(raw["agency"]),
            # Bundles made before officers had two keys do not name it.
            encryption=_certificates(raw.get("encryption", [])),
            custodians=_certificates(raw.get("custodians", [])))
    except (MalformedJson, KeyError, AttributeError, OverflowError, *_UNREADABLE) as error:
        raise TrustRefused("malformed", type(error).__name__) from error


def _crl_number(crl: x509.CertificateRevocationList) -> int:
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return -1


def parse_bundle(data: bytes, signature: bytes, *, pinned_root_sha256: str,
                 current: Trust | None = None) -> Trust:
    """Read and believe a bundle, or raise :class:`TrustRefused`.

    The root must be the pinned one, the signer a headquarters certificate below it (checked by
    this very bundle's CRLs at its own time), and neither bundle number nor any CRL number may be
    lower than in ``current``.
    """
    trust = _read_bundle(data)
    if trust.issued.tzinfo is None:
        raise TrustRefused("malformed", "time without offset")
    if fingerprint(trust.root) != pinned_root_sha256:
        raise TrustRefused("other_root")
    try:
        signers = verify_detached(data, signature)
        for signer in signers:
            check_certificate(signer.certificate, trust, at=trust.issued,
                              purpose=Purpose.HEADQUARTERS)
    except (CmsRefused, CertificateRefused, InvalidSignature) as error:
        raise TrustRefused("signature", str(error)) from error
    if not signers:
        raise TrustRefused("signature", "unsigned")
    # What is sealed in a district is sealed with its own algorithms, or not at all.
    if any(suite_of([unit.recipient]) != trust.suite for unit in trust.hq_recipients):
        raise TrustRefused("suite")
    if current is not None:
        if trust.number < current.number:
            raise TrustRefused("older", f"{trust.number} < {current.number}")
        newest = {crl.issuer: _crl_number(crl) for crl in trust.crls}
        for crl in current.crls:
            if newest.get(crl.issuer, -1) < _crl_number(crl):
                raise TrustRefused("older_crl")
    return trust


BUNDLE_NAME = "bundle.json"
SIGNATURE_NAME = "bundle.p7s"


def load_trust(folder: Path, *, pinned_root_sha256: str, current: Trust | None = None) -> Trust:
    """Read the bundle kept in ``folder``; :class:`TrustRefused` when missing, not believed, or older than
    ``current``."""
    try:
        data = (folder / BUNDLE_NAME).read_bytes()
        signature = (folder / SIGNATURE_NAME).read_bytes()
    except OSError as error:
        raise TrustRefused("missing", str(error.errno)) from error
    return parse_bundle(data, signature, pinned_root_sha256=pinned_root_sha256, current=current)
