"""The district's certificate authority: makes officers, devices, headquarters, CRLs, bundles.

Root and district CA are of one suite, chosen when they are made: P-256, or SM2. Their private keys
rest encrypted under a passphrase; ``register.json`` remembers what was issued and withdrawn, and the
rising numbers.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from field_app.credentials.certificate_file import read_certificate_file
from field_app.credentials.cms import certificate_pem, sign_detached
from field_app.credentials.gm.issuing import GmIssuing
from field_app.credentials.gm.key_file import SUFFIX, gm_key_file
from field_app.credentials.gm.keys import GmKey
from field_app.credentials.issuing import (
    AuthorityRefused,
    Extension,
    IssuingKind,
    Key,
    Private,
    Request,
    Span,
    Withdrawn,
)
from field_app.credentials.key_file import ENCRYPTION, KEY_FILE
from field_app.credentials.key_kinds import is_sm2, public_key_der
from field_app.credentials.keys import SigningKey, SoftKey
from field_app.credentials.p256_issuing import P256Issuing, encryption_key_file, key_file
from field_app.credentials.profile import (
    OFFICER_INFO,
    OfficerInfo,
    Purpose,
    authority_usage,
    subject_of,
    usage_of,
)
from field_app.credentials.register import Register, write_private
from field_app.credentials.trust import HqRecipient
from field_app.crypto.gm.provider import Sm2Private
from field_app.crypto.suites import GM, INTL
from field_app.domain.withdrawal import Withdrawal

_ROOT_YEARS, _CA_YEARS = 20, 10
_CRL_DAYS = 365
MAX_FILE_BYTES = 64 << 10
_REASONS = {
    Withdrawal.LOST.value: x509.ReasonFlags.key_compromise,
    Withdrawal.MOVED.value: x509.ReasonFlags.affiliation_changed,
    Withdrawal.ENDED.value: x509.ReasonFlags.cessation_of_operation,
    Withdrawal.RENEWED.value: x509.ReasonFlags.superseded}


def _printable(number: str) -> str:
    """A serialNumber attribute of a subject allows printable ASCII only (X.520)."""
    if not number.isascii() or not number.isprintable() or not number:
        raise AuthorityRefused("number must be printable ASCII")
    return number


def _urn(text: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(f"urn:field-desk:{text}")]


class DistrictAuthority(Generic[Private, Key]):
    """A district CA in memory; :func:`new_authority` and :func:`load_authority` make one."""

    def __init__(self, kind: IssuingKind[Private, Key], root: Key, district: Key,
                 register: Register) -> None:
        self._kind = kind
        self._root = root
        self._district = district
        self._register = register

    @property
    def root(self) -> x509.Certificate:
        return self._kind.certificate_of(self._root)

    @property
    def district(self) -> x509.Certificate:
        return self._kind.certificate_of(self._district)

    @property
    def suite(self) -> str:
        """The suite of everything that it issues."""
        return GM if is_sm2(self.root) else INTL

    @property
    def issued(self) -> list[dict[str, Any]]:
        """What was issued: ``serial``, ``purpose``, ``name``, ``number``, ``withdrawn`` ..."""
        return [dict(row) for row in self._register.issued]

    def _issue(self, subject: x509.Name, purpose: Purpose, *, valid: Span,
               alternative: list[x509.GeneralName], number: str) -> Key:
        private = self._kind.generate()
        return self._kind.key(private, self._certify(
            self._kind.public_der(private), subject, purpose, valid=valid, number=number,
            alternative=alternative))

    def _certify(self, public_der: bytes, subject: x509.Name, purpose: Purpose, *, valid: Span,
                 alternative: list[x509.GeneralName], number: str,
                 officer: OfficerInfo | None = None) -> x509.Certificate:
        extensions: list[Extension] = [
            (x509.BasicConstraints(ca=False, path_length=None), True), (usage_of(purpose), True),
            (x509.ExtendedKeyUsage(purpose.usages()), False),
            (x509.SubjectAlternativeName(alternative), False)]
        if officer is not None:
            extensions.append((x509.UnrecognizedExtension(OFFICER_INFO, officer.to_der()), False))
        certificate = self._kind.certify(
            Request(subject, valid, extensions), public_der,
            issuer=self._kind.private_of(self._district), issuer_name=self.district.subject)
        self._register.note(certificate, purpose, number=number, valid_to=valid[1])
        return certificate

    def issue_officer(self, name: str, info: OfficerInfo, *, agency: str, unit: str,
                      valid: Span) -> Key:
        """An officer's or auxiliary's two keys with their certificates: one signs, one opens.

        ``info.cert_number`` must be printable ASCII, else :class:`AuthorityRefused`.
        """
        one, two = self._kind.generate(), self._kind.generate()
        signing, encryption = self.certify_officer(
            name, info, self._kind.public_der(one), self._kind.public_der(two), agency=agency,
            unit=unit, valid=valid)
        return self._kind.key(one, signing, (two, encryption))

    def certify_officer(self, name: str, info: OfficerInfo, signing: bytes, encryption: bytes, *,
                        agency: str, unit: str, valid: Span,
                        ) -> tuple[x509.Certificate, x509.Certificate]:
        """Certificates of two public keys (SubjectPublicKeyInfo, DER) whose private halves are
        elsewhere, in a token perhaps; :class:`AuthorityRefused` for keys of another suite."""
        number = _printable(info.cert_number)
        subject = subject_of(country="CN", agency=agency, unit=unit, name=name, number=number)
        one, two = (self._certify(public, subject, purpose, valid=valid, number=number,
                                  officer=info, alternative=_urn(f"officer:{number}"))
                    for public, purpose in ((signing, Purpose.OFFICER),
                                            (encryption, Purpose.OFFICER_ENCRYPTION)))
        return one, two

    def issue_custodian(self, name: str, number: str, *, valid: Span) -> Key:
        """A custodian's key: two of them together open a laptop whose officers' keys are lost."""
        return self._issue(
            subject_of(country="CN", name=name, number=_printable(number)), Purpose.CUSTODIAN,
            valid=valid, number=number, alternative=_urn(f"custodian:{number}"))

    def issue_device(self, device: str, *, agency: str, valid: Span) -> Key:
        """A laptop's key and certificate; ``device`` is its ASCII number (``D012``)."""
        return self._issue(subject_of(country="CN", agency=agency, name=device), Purpose.DEVICE,
                           valid=valid, number=device, alternative=_urn(f"device:{device}"))

    def issue_headquarters(self, unit: str, *, valid: Span) -> Key:
        """A headquarters unit's key for receipts and trust bundles."""
        return self._issue(subject_of(country="CN", agency=unit, name=unit), Purpose.HEADQUARTERS,
                           valid=valid, number=unit, alternative=_urn("headquarters"))

    def issue_server(self, unit: str, *, hosts: Sequence[str], valid: Span) -> Key:
        """The upload service's TLS key; ``hosts`` are names or IP addresses it answers at.

        Of use in ``intl-1`` only: this program's TLS speaks no SM2.
        """
        alternative: list[x509.GeneralName] = []
        for host in hosts:
            try:
                alternative.append(x509.IPAddress(ipaddress.ip_address(host)))
            except ValueError:
                alternative.append(x509.DNSName(host))
        return self._issue(subject_of(country="CN", agency=unit, name=f"{unit}接收服务"),
                           Purpose.SERVER, valid=valid, number=unit, alternative=alternative)

    def issue_time(self, unit: str, *, valid: Span) -> Key:
        """The key by which the upload service tells headquarters' time, and nothing else."""
        return self._issue(
            subject_of(country="CN", agency=unit, name=f"{unit}时间"), Purpose.TIME, valid=valid,
            number=unit, alternative=_urn("time"))

    def withdraw(self, serial: str, *, at: datetime, reason: Withdrawal = Withdrawal.OTHER,
                 note: str = "") -> None:
        """Withdraw a certificate from ``at`` on; it is on every later CRL."""
        if not self._register.withdraw(serial, at=at, reason=reason, note=note):
            raise AuthorityRefused("no such serial")

    def crls(self, *, at: datetime) -> tuple[x509.CertificateRevocationList, ...]:
        """Fresh CRLs of district and root; the CRL number rises with each call."""
        number, withdrawn = self._register.next_crl()
        rows: list[Withdrawn] = [
            (int(row["serial"]), datetime.fromisoformat(row["withdrawn"]),
             _REASONS.get(row.get("reason", ""))) for row in withdrawn]
        until = at + timedelta(days=_CRL_DAYS)
        return (self._kind.crl(self._district, rows, number=number, at=at, until=until),
                self._kind.crl(self._root, [], number=number, at=at, until=until))

    def bundle(self, signer: SigningKey, *, at: datetime, hq_recipients: Sequence[HqRecipient],
               agency: dict[str, Any]) -> tuple[bytes, bytes]:
        """A new trust bundle and its signature by headquarters.

        ``agency`` holds what papers need to know of the agency (names, series, bodies).
        """
        data = self._register.bundle(
            at=at, root=self.root, intermediates=[self.district], crls=self.crls(at=at),
            hq_recipients=hq_recipients, agency=agency)
        return data, sign_detached(data, [signer], at=at, extra_certs=[self.district])

    def save(self, folder: Path, passphrase: str) -> None:
        """Write keys (encrypted), certificates and the register into ``folder``."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for stem, key in (("root", self._root), ("district", self._district)):
            write_private(folder / f"{stem}.key",
                          self._kind.sealed_pem(self._kind.private_of(key), passphrase))
            (folder / f"{stem}.pem").write_bytes(certificate_pem(self._kind.certificate_of(key)))
        self.save_register(folder)

    def save_register(self, folder: Path) -> None:
        """Write the register alone (after issuing, withdrawing, or making a bundle)."""
        self._register.save(folder)

    def reload_register(self, folder: Path) -> None:
        """Take the register as it is on the disk; :class:`AuthorityRefused` when it is damaged."""
        self._register = _register(folder)


Authority = DistrictAuthority[ec.EllipticCurvePrivateKey, SoftKey]
GmAuthority = DistrictAuthority[Sm2Private, GmKey]
AnyAuthority = Authority | GmAuthority


def _new(kind: IssuingKind[Private, Key], district_name: str, *,
         at: datetime) -> DistrictAuthority[Private, Key]:
    names = [subject_of(country="CN", agency=district_name, name=f"{district_name}{what}{kind.mark}")
             for what in ("执法证书根", "执法证书签发")]
    root_key = kind.generate()
    keys: list[Key] = []
    for name, private, years, depth in ((names[0], root_key, _ROOT_YEARS, 1),
                                        (names[1], kind.generate(), _CA_YEARS, 0)):
        valid = (at - timedelta(minutes=5), at + timedelta(days=365 * years))
        extensions: list[Extension] = [
            (x509.BasicConstraints(ca=True, path_length=depth), True), (authority_usage(), True)]
        keys.append(kind.key(private, kind.certify(
            Request(name, valid, extensions), kind.public_der(private), issuer=root_key,
            issuer_name=names[0])))
    return DistrictAuthority(kind, keys[0], keys[1], Register())


def new_authority(district_name: str, *, at: datetime) -> Authority:
    """A fresh P-256 root and district CA, valid from ``at``."""
    return _new(P256Issuing(), district_name, at=at)


def new_gm_authority(district_name: str, *, at: datetime) -> GmAuthority:
    """A fresh SM2 root and district CA; ``GmUnavailable`` where SM2 is not installed."""
    return _new(GmIssuing(), district_name, at=at)


def _load(kind: IssuingKind[Private, Key], folder: Path,
          passphrase: str) -> DistrictAuthority[Private, Key]:
    certificates = _certificates(folder)
    if not kind.issued_by(certificates[1], certificates[0]):
        raise AuthorityRefused("not issued by its root", code="damaged")
    keys: list[Key] = []
    for stem, certificate in zip(("root", "district"), certificates, strict=True):
        private = kind.read_sealed(_key_bytes(folder / f"{stem}.key"), passphrase)
        if public_key_der(certificate) != kind.public_der(private):
            raise AuthorityRefused("key and certificate differ", code="damaged")
        keys.append(kind.key(private, certificate))
    return DistrictAuthority(kind, keys[0], keys[1], _register(folder))


def load_authority(folder: Path, passphrase: str) -> AnyAuthority:
    """Open a CA folder; :class:`AuthorityRefused` tells what is wrong with it.

    Its root's certificate tells the suite; ``GmUnavailable`` where SM2 is not installed.
    """
    if is_sm2(_certificates(folder)[0]):
        return _load(GmIssuing(), folder, passphrase)
    return _load(P256Issuing(), folder, passphrase)


def load_certificates(folder: Path) -> tuple[x509.Certificate, x509.Certificate]:
    """Root and district certificate of a CA folder, without its passphrase; :class:`AuthorityRefused`,
    ``GmUnavailable`` where they are SM2 and that is not installed."""
    root, district = _certificates(folder)
    issued = (GmIssuing().issued_by if is_sm2(root) else P256Issuing().issued_by)(district, root)
    if not issued:
        raise AuthorityRefused("not issued by its root", code="damaged")
    return root, district


def _certificates(folder: Path) -> tuple[x509.Certificate, x509.Certificate]:
    try:
        root, district = (read_certificate_file(folder / f"{s}.pem") for s in ("root", "district"))
    except OSError as error:
        raise AuthorityRefused(type(error).__name__, code="missing") from error
    except ValueError as error:
        raise AuthorityRefused(str(error), code="damaged") from error
    return root, district


def load_register(folder: Path) -> list[dict[str, Any]]:
    """What was issued, without a passphrase: ``Authority.issued``; :class:`AuthorityRefused`."""
    return _register(folder).issued


def bundle_number(folder: Path) -> int:
    """The number of the newest trust bundle, 0 before the first; :class:`AuthorityRefused`."""
    return _register(folder).bundle_number


def _register(folder: Path) -> Register:
    try:
        return Register.load(folder)
    except FileNotFoundError as error:
        raise AuthorityRefused("no register", code="missing") from error
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise AuthorityRefused(type(error).__name__, code="damaged") from error


def _key_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES)
    except OSError as error:
        raise AuthorityRefused(type(error).__name__, code="missing") from error


def key_files(key: SoftKey | GmKey, pin: str) -> list[tuple[str, bytes]]:
    """Endings and contents of the files that a holder carries; the first is named at a login.

    ``NAME.sm2``, or ``NAME.p12`` and, where another key opens, ``NAME.enc.p12`` under the same PIN.
    """
    if isinstance(key, GmKey):
        return [(SUFFIX, gm_key_file(key, pin))]
    files = [(KEY_FILE, key_file(key, pin))]
    if key.encryption_certificate != key.certificate:
        files.append((ENCRYPTION, encryption_key_file(key, pin)))
    return files
