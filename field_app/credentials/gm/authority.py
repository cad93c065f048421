"""A district's SM2 authority: what ``authority.py`` does, with the national suite.

Root and authority keys rest as encrypted PKCS#8 under a passphrase; certificates have the same
profile as the others, so that everything above them reads both alike.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from field_app.credentials.authority import AuthorityRefused
from field_app.credentials.cms import certificate_pem, load_pem_certificate, sign_detached
from field_app.credentials.gm.certificates import (
    Extension,
    build_certificate,
    build_crl,
    sm2_public,
)
from field_app.credentials.gm.key_file import read_encrypted_key, write_encrypted_key
from field_app.credentials.gm.keys import GmKey
from field_app.credentials.keys import NotAKeyFile, SigningKey, WrongPin
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
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.gm.software import SoftSm2, SoftwareGm

_ROOT_YEARS, _CA_YEARS = 20, 10
_CRL_DAYS = 365
Span = tuple[datetime, datetime]


class _Signs:
    """A key that signs before it has a certificate of its own: the root's."""

    def __init__(self, software: SoftwareGm, key: Sm2Private) -> None:
        self._software, self._key = software, key

    def sign(self, data: bytes) -> bytes:
        return self._software.sign(self._key, data)


class GmAuthority:
    """An SM2 authority in memory; :func:`new_gm_authority`, :func:`load_gm_authority` make one."""

    def __init__(self, software: SoftwareGm, root: GmKey, district: GmKey,
                 register: Register) -> None:
        self._software = software
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
        """As ``Authority.issued``."""
        return [dict(row) for row in self._register.issued]

    def certify(self, public: Sm2Public, subject: x509.Name, purpose: Purpose, *, valid: Span,
                urn: str, number: str, officer: OfficerInfo | None = None) -> x509.Certificate:
        """A certificate for a key whose private half is elsewhere, in a module perhaps."""
        extensions: list[Extension] = [
            (x509.BasicConstraints(ca=False, path_length=None), True), (usage_of(purpose), True),
            (x509.ExtendedKeyUsage(purpose.usages()), False),
            (x509.SubjectAlternativeName([
                x509.UniformResourceIdentifier(f"urn:field-desk:{urn}")]), False)]
        if officer is not None:
            extensions.append((x509.UnrecognizedExtension(OFFICER_INFO, officer.to_der()), False))
        issuer = self._district
        certificate = build_certificate(
            subject, public, issuer=issuer.certificate.subject, issuer_key=issuer,
            issuer_public=_public(issuer.certificate), valid=valid, extensions=extensions)
        self._register.note(certificate, purpose, number=number, valid_to=valid[1])
        return certificate

    def issue_officer(self, name: str, info: OfficerInfo, *, agency: str, unit: str,
                      valid: Span) -> GmKey:
        """An officer's or auxiliary's two keys with their certificates: one signs, one opens."""
        number = info.cert_number
        if not number.isascii() or not number.isprintable() or not number:
            raise AuthorityRefused("certificate number must be printable ASCII")
        subject = subject_of(country="CN", agency=agency, unit=unit, name=name, number=number)
        keys = [self._software.generate() for _ in range(2)]
        signing, encryption = (
            self.certify(key.public, subject, purpose, valid=valid, urn=f"officer:{number}",
                         number=number, officer=info)
            for key, purpose in zip(keys, (Purpose.OFFICER, Purpose.OFFICER_ENCRYPTION), strict=True))
        return GmKey(self._software, keys[0], signing, (keys[1], encryption))

    def _issue(self, subject: x509.Name, purpose: Purpose, *, valid: Span, urn: str,
               number: str) -> GmKey:
        key = self._software.generate()
        return GmKey(self._software, key, self.certify(
            key.public, subject, purpose, valid=valid, urn=urn, number=number))

    def issue_device(self, device: str, *, agency: str, valid: Span) -> GmKey:
        """A laptop's signing key; ``device`` is its ASCII number (``D012``)."""
        return self._issue(subject_of(country="CN", agency=agency, name=device), Purpose.DEVICE,
                           valid=valid, urn=f"device:{device}", number=device)

    def issue_headquarters(self, unit: str, *, valid: Span) -> GmKey:
        """A headquarters unit's key for receipts and trust bundles."""
        return self._issue(subject_of(country="CN", agency=unit, name=unit), Purpose.HEADQUARTERS,
                           valid=valid, urn="headquarters", number=unit)

    def withdraw(self, serial: str, *, at: datetime) -> None:
        """Withdraw a certificate; it is on every later CRL."""
        if not self._register.withdraw(serial, at=at):
            raise AuthorityRefused("no such serial")

    def crls(self, *, at: datetime) -> tuple[x509.CertificateRevocationList, ...]:
        """Fresh CRLs of district and root; the CRL number rises with each call."""
        number, withdrawn = self._register.next_crl()
        rows = [(int(row["serial"]), datetime.fromisoformat(row["withdrawn"]))
                for row in withdrawn]
        until = at + timedelta(days=_CRL_DAYS)
        return (build_crl(self._district, rows, number=number, at=at, until=until),
                build_crl(self._root, [], number=number, at=at, until=until))

    def bundle(self, signer: SigningKey, *, at: datetime, hq_recipients: Sequence[HqRecipient],
               agency: dict[str, Any]) -> tuple[bytes, bytes]:
        """A new trust bundle and its SM2 signature by headquarters."""
        data = self._register.bundle(
            at=at, root=self.root, intermediates=[self.district], crls=self.crls(at=at),
            hq_recipients=hq_recipients, agency=agency)
        return data, sign_detached(data, [signer], at=at, extra_certs=[self.district])

    def save(self, folder: Path, passphrase: str) -> None:
        """Write keys (encrypted), certificates and the register into ``folder``."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for stem, key in (("root", self._root), ("district", self._district)):
            private = key.private
            if not isinstance(private, SoftSm2):
                raise AuthorityRefused("the key lies in a module")
            write_private(folder / f"{stem}.key", write_encrypted_key(private, passphrase))
            (folder / f"{stem}.pem").write_bytes(certificate_pem(key.certificate))
        self._register.save(folder)


def _public(certificate: x509.Certificate) -> Sm2Public:
    public = sm2_public(certificate)
    if public is None:
        raise AuthorityRefused("not an SM2 certificate")
    return public


def new_gm_authority(district_name: str, *, at: datetime) -> GmAuthority:
    """A fresh SM2 root and district authority, valid from ``at``."""
    software = SoftwareGm()
    root_key, district_key = software.generate(), software.generate()
    root_name = subject_of(country="CN", agency=district_name, name=f"{district_name}执法证书根（国密）")
    ca_name = subject_of(country="CN", agency=district_name, name=f"{district_name}执法证书签发（国密）")
    start = at - timedelta(minutes=5)
    root, district = (
        build_certificate(
            name, key.public, issuer=root_name, issuer_key=_Signs(software, root_key),
            issuer_public=root_key.public, valid=(start, at + timedelta(days=365 * years)),
            extensions=[(x509.BasicConstraints(ca=True, path_length=depth), True),
                        (authority_usage(), True)])
        for name, key, years, depth in ((root_name, root_key, _ROOT_YEARS, 1),
                                        (ca_name, district_key, _CA_YEARS, 0)))
    return GmAuthority(software, GmKey(software, root_key, root),
                       GmKey(software, district_key, district), Register())


def load_gm_authority(folder: Path, passphrase: str) -> GmAuthority:
    """Open an authority's folder; :class:`AuthorityRefused` on a wrong passphrase or damage."""
    software, keys = SoftwareGm(), []
    try:
        for stem in ("root", "district"):
            private = read_encrypted_key((folder / f"{stem}.key").read_bytes(), passphrase, software)
            certificate = load_pem_certificate((folder / f"{stem}.pem").read_bytes())
            if sm2_public(certificate) != private.public:
                raise AuthorityRefused("key and certificate differ")
            keys.append(GmKey(software, private, certificate))
        register = Register.load(folder)
    except (OSError, ValueError, TypeError, NotAKeyFile, WrongPin) as error:
        raise AuthorityRefused(type(error).__name__) from error
    return GmAuthority(software, keys[0], keys[1], register)
