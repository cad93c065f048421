"""An officer's key in a PKCS#11 token (OASIS PKCS #11 v2.40): it signs and opens, and never leaves.

On the token lie two P-256 key pairs with their certificates, told apart by CKA_ID: ``SIGNING`` and
``ENCRYPTION``. The token counts wrong PINs itself. Loaded only where a token is used, since the
library is an extra and talks to a driver.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from field_app.credentials.certificate_file import from_der
from field_app.credentials.keys import KeyGone, KeyLocked, NotAKeyFile, VaultError, WrongPin
from field_app.crypto.hpke import POINT_BYTES, open_with_point

SIGNING, ENCRYPTION = b"\x01", b"\x02"
MAX_CERTIFICATE_BYTES = 32 << 10
_SHARED_BITS = 256


@dataclass(frozen=True)
class TokenPlace:
    """Where a token is: its driver, its serial (hex) and its label."""

    module: Path
    serial: str
    label: str = ""

    @property
    def stem(self) -> str:
        """What to call it where a file would have its name."""
        return self.label or self.serial


def _library(module: Path) -> Any:
    try:
        import pkcs11
    except ImportError as error:
        raise NotAKeyFile("the library for tokens is not installed") from error
    try:
        return pkcs11.lib(str(module))
    except (pkcs11.exceptions.PKCS11Error, RuntimeError, OSError) as error:
        raise NotAKeyFile("the token's driver does not load") from error


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the driver in our own words."""
    from pkcs11 import exceptions as wrong

    try:
        yield
    except (wrong.PinIncorrect, wrong.PinInvalid, wrong.PinLenRange) as error:
        raise WrongPin("the token refuses the PIN") from error
    except (wrong.PinLocked, wrong.PinExpired) as error:
        raise KeyLocked("the token has locked itself") from error
    except (wrong.TokenNotPresent, wrong.DeviceRemoved, wrong.DeviceError, wrong.SessionClosed,
            wrong.SessionHandleInvalid, wrong.SlotIDInvalid, wrong.NoSuchToken) as error:
        raise KeyGone("the token is no longer there") from error
    except wrong.PKCS11Error as error:
        raise NotAKeyFile(f"the token does not answer as it should: {type(error).__name__}") from error


def _slots(module: Path) -> Iterator[Any]:
    library = _library(module)
    with _told():
        # A token plugged in later is only seen after the driver looks again.
        yield from library.get_slots(token_present=True)


def _serial(token: Any) -> str:
    raw = token.serial
    return raw.decode("ascii", "replace").strip() if isinstance(raw, bytes) else str(raw).strip()


def find_tokens(module: Path) -> list[TokenPlace]:
    """The tokens that are plugged in; :class:`NotAKeyFile` when the driver does not load."""
    found = []
    for slot in _slots(module):
        with _told():
            token = slot.get_token()
            if token.label or _serial(token):
                found.append(TokenPlace(module, _serial(token), str(token.label).strip()))
    return [place for place in found if place.label]


def _token(place: TokenPlace) -> Any:
    for slot in _slots(place.module):
        with _told():
            token = slot.get_token()
            if _serial(token) == place.serial:
                return token
    raise KeyGone("the token is no longer there")


def _certificate(session: Any, identity: bytes) -> x509.Certificate | None:
    from pkcs11 import Attribute, ObjectClass

    found = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.ID: identity})
    for one in found:
        data = bytes(one[Attribute.VALUE])
        if len(data) > MAX_CERTIFICATE_BYTES:
            raise NotAKeyFile("certificate on the token is too large")
        try:
            return from_der(data)
        except ValueError as error:
            raise NotAKeyFile("certificate on the token is malformed") from error
    return None


def token_certificate(place: TokenPlace) -> x509.Certificate:
    """The signing certificate, read without a PIN."""
    with _told(), _token(place).open() as session:
        found = _certificate(session, SIGNING)
    if found is None:
        raise NotAKeyFile("no certificate on the token")
    return found


def is_there(place: TokenPlace) -> bool:
    """Whether the token is plugged in now."""
    try:
        _token(place)
    except (KeyGone, NotAKeyFile):
        return False
    return True


class TokenKey:
    """An unlocked token; ``forget`` logs it out."""

    def __init__(self, session: Any, signing: x509.Certificate,
                 encryption: x509.Certificate) -> None:
        self._session: Any = session
        self._signing, self._encryption = signing, encryption

    @property
    def certificate(self) -> x509.Certificate:
        return self._signing

    @property
    def encryption_certificate(self) -> x509.Certificate:
        return self._encryption

    def _private(self, identity: bytes) -> Any:
        from pkcs11 import KeyType, ObjectClass

        if self._session is None:
            raise KeyGone("the key was let go of")
        return self._session.get_key(
            object_class=ObjectClass.PRIVATE_KEY, key_type=KeyType.EC, id=identity)

    def sign(self, data: bytes) -> bytes:
        from pkcs11 import Mechanism

        digest = hashes.Hash(hashes.SHA256())
        digest.update(data)
        with _told():
            raw = bytes(self._private(SIGNING).sign(digest.finalize(), mechanism=Mechanism.ECDSA))
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half], "big"),
                                    int.from_bytes(raw[half:], "big"))

    def open(self, sealed: bytes, info: bytes) -> bytes:
        public = self._encryption.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise VaultError("no P-256 key on the token")
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return open_with_point(self._shared, point, sealed, info)

    def _shared(self, point: bytes) -> bytes:
        from pkcs11 import KDF, Attribute, KeyType

        identity = SIGNING if self._encryption == self._signing else ENCRYPTION
        try:
            # The point comes from outside: one that is not on the curve never reaches the token.
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError as error:
            raise VaultError("sealed key holds no point of the curve") from error
        with _told():
            made = self._private(identity).derive_key(
                KeyType.GENERIC_SECRET, _SHARED_BITS, mechanism_param=(KDF.NULL, None, point),
                template={Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True,
                          Attribute.TOKEN: False})
            return bytes(made[Attribute.VALUE])

    def forget(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            try:
                with _told():
                    session.close()
            except (KeyGone, NotAKeyFile):
                return  # It was pulled: nothing is left to close.


def load_token(place: TokenPlace, pin: str) -> TokenKey:
    """Unlock a token with its PIN.

    Raises :class:`WrongPin`, :class:`KeyLocked`, :class:`KeyGone` or :class:`NotAKeyFile`.
    """
    with _told():
        session = _token(place).open(user_pin=pin)
        signing = _certificate(session, SIGNING)
        if signing is None:
            session.close()
            raise NotAKeyFile("no certificate on the token")
        return TokenKey(session, signing, _certificate(session, ENCRYPTION) or signing)


def make_token_keys(place: TokenPlace, pin: str) -> dict[bytes, bytes]:
    """Make both P-256 key pairs on the token (at issue); what was there before is replaced.

    Returns the public keys, SubjectPublicKeyInfo in DER.
    """
    from pkcs11 import Attribute, KeyType, ObjectClass
    from pkcs11.util.ec import encode_named_curve_parameters

    made = {}
    with _told(), _token(place).open(rw=True, user_pin=pin) as session:
        for kind in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY, ObjectClass.CERTIFICATE):
            for old in list(session.get_objects({Attribute.CLASS: kind})):
                old.destroy()
        curve = session.create_domain_parameters(
            KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True)
        for identity in (SIGNING, ENCRYPTION):
            public, _ = curve.generate_keypair(
                store=True, id=identity, label=f"field-desk-{identity[0]}")
            # CKA_EC_POINT is the point as a DER octet string.
            point = bytes(public[Attribute.EC_POINT])[-POINT_BYTES:]
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
            made[identity] = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return made


def store_certificates(place: TokenPlace, pin: str, found: dict[bytes, x509.Certificate]) -> None:
    """Put the certificates beside their keys."""
    from pkcs11 import Attribute, ObjectClass
    from pkcs11.constants import CertificateType

    with _told(), _token(place).open(rw=True, user_pin=pin) as session:
        for identity, certificate in found.items():
            session.create_object({
                Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.TOKEN: True,
                Attribute.PRIVATE: False, Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                Attribute.ID: identity, Attribute.LABEL: f"field-desk-{identity[0]}",
                Attribute.SUBJECT: certificate.subject.public_bytes(),
                Attribute.ISSUER: certificate.issuer.public_bytes(),
                Attribute.SERIAL_NUMBER: certificate.serial_number.to_bytes(
                    (certificate.serial_number.bit_length() + 8) // 8, "big"),
                Attribute.VALUE: certificate.public_bytes(Encoding.DER)})
