"""Issues SM2 keys and certificates, signed with SM2 over SM3; key files are ``NAME.sm2``."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509

from field_app.credentials.gm.certificates import build_certificate, build_crl, certificate_signed_by
from field_app.credentials.gm.key_file import (
    read_encrypted_key,
    write_encrypted_key,
)
from field_app.credentials.gm.keys import GmKey
from field_app.credentials.issuing import AuthorityRefused, Request, Withdrawn
from field_app.credentials.keys import NotAKeyFile, WrongPin
from field_app.crypto.gm.provider import Sm2Private
from field_app.crypto.gm.sm2_forms import Sm2Public
from field_app.crypto.gm.software import SoftSm2, SoftwareGm


class _Signs:
    """A key that signs before it has a certificate of its own."""

    def __init__(self, software: SoftwareGm, key: Sm2Private) -> None:
        self._software, self._key = software, key

    def sign(self, data: bytes) -> bytes:
        return self._software.sign(self._key, data)


class GmIssuing:
    """:class:`field_app.credentials.issuing.IssuingKind` of the national suite; ``GmUnavailable``
    where SM2 is not installed."""

    mark = "（国密）"

    def __init__(self) -> None:
        self._software = SoftwareGm()

    def generate(self) -> Sm2Private:
        return self._software.generate()

    def public_der(self, private: Sm2Private) -> bytes:
        return private.public.spki

    def private_of(self, key: GmKey) -> Sm2Private:
        return key.private

    def key(self, private: Sm2Private, certificate: x509.Certificate,
            encryption: tuple[Sm2Private, x509.Certificate] | None = None) -> GmKey:
        return GmKey(self._software, private, certificate, encryption)

    def certificate_of(self, key: GmKey) -> x509.Certificate:
        return key.certificate

    def certify(self, request: Request, public_der: bytes, *, issuer: Sm2Private,
                issuer_name: x509.Name) -> x509.Certificate:
        try:
            public = Sm2Public.from_spki(public_der)
        except ValueError as error:
            raise AuthorityRefused("not an SM2 key") from error
        return build_certificate(
            request.subject, public, issuer=issuer_name, issuer_key=_Signs(self._software, issuer),
            issuer_public=issuer.public, valid=request.valid, extensions=request.extensions)

    def crl(self, issuer: GmKey, rows: Sequence[Withdrawn], *, number: int, at: datetime,
            until: datetime) -> x509.CertificateRevocationList:
        return build_crl(issuer, rows, number=number, at=at, until=until)

    def sealed_pem(self, private: Sm2Private, passphrase: str) -> bytes:
        if not isinstance(private, SoftSm2):
            raise AuthorityRefused("the key lies in a module")
        return write_encrypted_key(private, passphrase)

    def read_sealed(self, data: bytes, passphrase: str) -> Sm2Private:
        try:
            return read_encrypted_key(data, passphrase, self._software)
        except WrongPin as error:
            raise AuthorityRefused("passphrase", code="passphrase") from error
        except NotAKeyFile as error:
            raise AuthorityRefused("key", code="damaged") from error

    def issued_by(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        return certificate.issuer == issuer.subject and certificate_signed_by(certificate, issuer)
