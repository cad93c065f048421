"""The district's certificate authority: makes officers, devices, headquarters, CRLs, bundles.

Root and district CA are P-256 (SHA-256). Their private keys rest encrypted under a passphrase;
``register.json`` remembers what was issued and withdrawn, and the rising numbers.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from field_app.credentials.certificate_file import read_certificate_file
from field_app.credentials.cms import sign_detached
from field_app.credentials.key_kinds import is_sm2
from field_app.credentials.keys import SigningKey, SoftKey
from field_app.credentials.profile import (
    OFFICER_INFO,
    OfficerInfo,
    Purpose,
    authority_usage,
    subject_name,
    subject_of,
    usage_of,
)
from field_app.credentials.register import Register, write_private
from field_app.credentials.trust import HqRecipient
from field_app.domain.withdrawal import Withdrawal
from field_app.errors import FieldAppError

PKCS12_ROUNDS = 600_000
_ROOT_YEARS, _CA_YEARS = 20, 10
_CRL_DAYS = 365
MAX_FILE_BYTES = 64 << 10
_REASONS = {
    Withdrawal.LOST.value: x509.ReasonFlags.key_compromise,
    Withdrawal.MOVED.value: x509.ReasonFlags.affiliation_changed,
    Withdrawal.ENDED.value: x509.ReasonFlags.cessation_of_operation,
    Withdrawal.RENEWED.value: x509.ReasonFlags.superseded}


class AuthorityRefused(FieldAppError):
    """The authority's folder does not open or a request is wrong.

    ``code``: ``missing`` (no authority lies there), ``passphrase``, ``kind`` (of the national suite),
    ``damaged``, ``request``.
    """

    def __init__(self, detail: str, *, code: str = "request") -> None:
        super().__init__(f"{code} {detail}")
        self.code = code


def _builder(subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey,
             valid: tuple[datetime, datetime],
             issuer_public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0]).not_valid_after(valid[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public),
                       critical=False))


def _authority_certificate(name: x509.Name, key: ec.EllipticCurvePrivateKey, *,
                           issuer: x509.Name, issuer_key: ec.EllipticCurvePrivateKey,
                           valid: tuple[datetime, datetime], depth: int) -> x509.Certificate:
    return (
        _builder(name, issuer, key.public_key(), valid, issuer_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
        .add_extension(authority_usage(), critical=True)
        .sign(issuer_key, hashes.SHA256()))


class Authority:
    """A district CA in memory; :func:`new_authority` and :func:`load_authority` make one."""

    def __init__(self, root: SoftKey, district: SoftKey, register: Register) -> None:
        self._root = root
        self._district = district
        self._register = register

    @property
    def root(self) -> x509.Certificate:
        return self._root.certificate

    @property
    def district(self) -> x509.Certificate:
        return self._district.certificate

    @property
    def issued(self) -> list[dict[str, Any]]:
        """What was issued: ``serial``, ``purpose``, ``name``, ``number``, ``withdrawn`` ..."""
        return [dict(row) for row in self._register.issued]

    def _issue(self, subject: x509.Name, purpose: Purpose, *, valid: tuple[datetime, datetime],
               alternative: list[x509.GeneralName], number: str,
               extension: bytes | None = None) -> SoftKey:
        key = ec.generate_private_key(ec.SECP256R1())
        return SoftKey(key, self._certify(
            key.public_key(), subject, purpose, valid=valid, alternative=alternative,
            number=number, extension=extension))

    def _certify(self, public: ec.EllipticCurvePublicKey, subject: x509.Name, purpose: Purpose, *,
                 valid: tuple[datetime, datetime], alternative: list[x509.GeneralName],
                 number: str, extension: bytes | None) -> x509.Certificate:
        issuer = self._district.certificate
        builder = (
            _builder(subject, issuer.subject, public, valid,
                     self._district.private_key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage_of(purpose), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purpose.usages()), critical=False)
            .add_extension(x509.SubjectAlternativeName(alternative), critical=False))
        if extension is not None:
            builder = builder.add_extension(
                x509.UnrecognizedExtension(OFFICER_INFO, extension), critical=False)
        certificate = builder.sign(self._district.private_key, hashes.SHA256())
        self._register.note(certificate, purpose, number=number, valid_to=valid[1])
        return certificate

    def issue_officer(self, name: str, info: OfficerInfo, *, agency: str, unit: str,
                      valid: tuple[datetime, datetime]) -> SoftKey:
        """An officer's or auxiliary's two keys with their certificates: one signs, one opens.

        ``info.cert_number`` must be printable ASCII: the serialNumber attribute of a subject
        allows nothing else (X.520).
        """
        keys = tuple(ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        signing, encryption = self.certify_officer(
            name, info, keys[0].public_key(), keys[1].public_key(), agency=agency, unit=unit,
            valid=valid)
        return SoftKey(keys[0], signing, (keys[1], encryption))

    def certify_officer(self, name: str, info: OfficerInfo, signing: ec.EllipticCurvePublicKey,
                        encryption: ec.EllipticCurvePublicKey, *, agency: str, unit: str,
                        valid: tuple[datetime, datetime],
                        ) -> tuple[x509.Certificate, x509.Certificate]:
        """Certificates of two public keys whose private halves never left a token."""
        number = info.cert_number
        if not number.isascii() or not number.isprintable() or not number:
            raise AuthorityRefused("certificate number must be printable ASCII")
        subject = subject_of(country="CN", agency=agency, unit=unit, name=name, number=number)
        alternative: list[x509.GeneralName] = [
            x509.UniformResourceIdentifier(f"urn:field-desk:officer:{number}")]
        one, two = (self._certify(public, subject, purpose, valid=valid, number=number,
                                  extension=info.to_der(), alternative=alternative)
                    for public, purpose in ((signing, Purpose.OFFICER),
                                            (encryption, Purpose.OFFICER_ENCRYPTION)))
        return one, two

    def issue_custodian(self, name: str, number: str, *,
                        valid: tuple[datetime, datetime]) -> SoftKey:
        """A custodian's key: two of them together open a laptop whose officers' keys are lost."""
        if not number.isascii() or not number.isprintable() or not number:
            raise AuthorityRefused("number must be printable ASCII")
        return self._issue(
            subject_of(country="CN", name=name, number=number), Purpose.CUSTODIAN, valid=valid,
            number=number,
            alternative=[x509.UniformResourceIdentifier(f"urn:field-desk:custodian:{number}")])

    def issue_device(self, device: str, *, agency: str,
                     valid: tuple[datetime, datetime]) -> SoftKey:
        """A laptop's key and certificate; ``device`` is its ASCII number (``D012``)."""
        return self._issue(
            subject_of(country="CN", agency=agency, name=device), Purpose.DEVICE, valid=valid,
            number=device,
            alternative=[x509.UniformResourceIdentifier(f"urn:field-desk:device:{device}")])

    def issue_headquarters(self, unit: str, *, valid: tuple[datetime, datetime]) -> SoftKey:
        """A headquarters unit's key for receipts and trust bundles."""
        return self._issue(
            subject_of(country="CN", agency=unit, name=unit), Purpose.HEADQUARTERS, valid=valid,
            number=unit,
            alternative=[x509.UniformResourceIdentifier("urn:field-desk:headquarters")])

    def issue_server(self, unit: str, *, hosts: Sequence[str],
                     valid: tuple[datetime, datetime]) -> SoftKey:
        """The upload service's TLS key; ``hosts`` are names or IP addresses it answers at."""
        alternative: list[x509.GeneralName] = []
        for host in hosts:
            try:
                alternative.append(x509.IPAddress(ipaddress.ip_address(host)))
            except ValueError:
                alternative.append(x509.DNSName(host))
        return self._issue(subject_of(country="CN", agency=unit, name=f"{unit}接收服务"),
                           Purpose.SERVER, valid=valid, number=unit, alternative=alternative)

    def issue_time(self, unit: str, *, valid: tuple[datetime, datetime]) -> SoftKey:
        """The key by which the upload service tells headquarters' time, and nothing else."""
        return self._issue(
            subject_of(country="CN", agency=unit, name=f"{unit}时间"), Purpose.TIME, valid=valid,
            number=unit,
            alternative=[x509.UniformResourceIdentifier("urn:field-desk:time")])

    def withdraw(self, serial: str, *, at: datetime, reason: Withdrawal = Withdrawal.OTHER,
                 note: str = "") -> None:
        """Withdraw a certificate from ``at`` on; it is on every later CRL."""
        if not self._register.withdraw(serial, at=at, reason=reason, note=note):
            raise AuthorityRefused("no such serial")

    def _crl_of(self, issuer: SoftKey, rows: list[dict[str, Any]], *, number: int,
                at: datetime) -> x509.CertificateRevocationList:
        builder = (
            x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
            .last_update(at).next_update(at + timedelta(days=_CRL_DAYS))
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                issuer.private_key.public_key()), critical=False))
        for row in rows:
            entry = (x509.RevokedCertificateBuilder().serial_number(int(row["serial"]))
                     .revocation_date(datetime.fromisoformat(row["withdrawn"])))
            reason = _REASONS.get(row.get("reason", ""))
            if reason is not None:  # RFC 5280, 5.3.1: "unspecified" is left out.
                entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(issuer.private_key, hashes.SHA256())

    def crls(self, *, at: datetime) -> tuple[x509.CertificateRevocationList, ...]:
        """Fresh CRLs of district and root; the CRL number rises with each call."""
        number, withdrawn = self._register.next_crl()
        return (self._crl_of(self._district, withdrawn, number=number, at=at),
                self._crl_of(self._root, [], number=number, at=at))

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
            write_private(folder / f"{stem}.key", key.private_key.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode())))
            (folder / f"{stem}.pem").write_bytes(key.certificate.public_bytes(Encoding.PEM))
        self.save_register(folder)

    def save_register(self, folder: Path) -> None:
        """Write the register alone (after issuing, withdrawing, or making a bundle)."""
        self._register.save(folder)

    def reload_register(self, folder: Path) -> None:
        """Take the register as it is on the disk; :class:`AuthorityRefused` when it is damaged."""
        self._register = _register(folder)


def new_authority(district_name: str, *, at: datetime) -> Authority:
    """A fresh root and district CA, valid from ``at``."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    district_key = ec.generate_private_key(ec.SECP256R1())
    root_name = subject_of(country="CN", agency=district_name, name=f"{district_name}执法证书根")
    ca_name = subject_of(country="CN", agency=district_name, name=f"{district_name}执法证书签发")
    start = at - timedelta(minutes=5)
    root = _authority_certificate(
        root_name, root_key, issuer=root_name, issuer_key=root_key,
        valid=(start, at + timedelta(days=365 * _ROOT_YEARS)), depth=1)
    district = _authority_certificate(
        ca_name, district_key, issuer=root_name, issuer_key=root_key,
        valid=(start, at + timedelta(days=365 * _CA_YEARS)), depth=0)
    return Authority(SoftKey(root_key, root), SoftKey(district_key, district), Register())


def load_authority(folder: Path, passphrase: str) -> Authority:
    """Open a CA folder; :class:`AuthorityRefused` tells what is wrong with it."""
    root, district = load_certificates(folder)
    keys = [_key(folder / f"{stem}.key", passphrase, certificate)
            for stem, certificate in (("root", root), ("district", district))]
    return Authority(keys[0], keys[1], _register(folder))


def load_certificates(folder: Path) -> tuple[x509.Certificate, x509.Certificate]:
    """Root and district certificate of a CA folder, without its passphrase; :class:`AuthorityRefused`."""
    try:
        root, district = (read_certificate_file(folder / f"{s}.pem") for s in ("root", "district"))
    except OSError as error:
        raise AuthorityRefused(type(error).__name__, code="missing") from error
    except ValueError as error:
        raise AuthorityRefused(str(error), code="damaged") from error
    if is_sm2(root):
        raise AuthorityRefused("an SM2 authority", code="kind")
    try:
        district.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise AuthorityRefused("not issued by its root", code="damaged") from error
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


def _key(path: Path, passphrase: str, certificate: x509.Certificate) -> SoftKey:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES)
    except OSError as error:
        raise AuthorityRefused(type(error).__name__, code="missing") from error
    try:
        key = load_pem_private_key(data, passphrase.encode() or None)
    except TypeError as error:  # A passphrase for a bare key, or none for one that has one.
        raise AuthorityRefused("passphrase", code="passphrase") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = "password" in str(error).lower() and b"ENCRYPTED" in data
        raise AuthorityRefused("key", code="passphrase" if wrong else "damaged") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise AuthorityRefused("not the certificate's P-256 key", code="damaged")
    return SoftKey(key, certificate)


def key_file(key: SoftKey, pin: str, *, rounds: int = PKCS12_ROUNDS) -> bytes:
    """PKCS#12 of an officer's signing key, PBES2 AES-256 with ``rounds`` of PBKDF2-SHA-256."""
    return _pkcs12(key.private_key, key.certificate, pin, rounds)


def encryption_key_file(key: SoftKey, pin: str, *, rounds: int = PKCS12_ROUNDS) -> bytes:
    """PKCS#12 of the key that opens, under the same PIN."""
    return _pkcs12(key.encryption_key, key.encryption_certificate, pin, rounds)


def _pkcs12(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, pin: str,
            rounds: int) -> bytes:
    encryption = (
        PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
        .build(pin.encode()))
    return pkcs12.serialize_key_and_certificates(
        subject_name(certificate).encode(), key, certificate, None, encryption)


def private_pem(key: SoftKey) -> bytes:
    """Unencrypted PKCS#8, for headquarters' own server folder only (mode 0600)."""
    return key.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
