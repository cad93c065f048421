"""The byte forms of SM2: public keys, signatures, ciphertexts; read strictly.

Curve parameters: GB/T 32918.5-2017. Signatures and ciphertexts: GM/T 0009-2012, DER.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from asn1crypto import core

POINT_BYTES = 64
MAX_PLAIN = 255
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
# SubjectPublicKeyInfo of an uncompressed point: ecPublicKey on 1.2.156.10197.1.301.
_SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
_ASN1_ERRORS = (ValueError, TypeError, KeyError, IndexError, OverflowError)


class _Signature(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [("r", core.Integer), ("s", core.Integer)]


class _Ciphertext(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [("x", core.Integer), ("y", core.Integer), ("hash", core.OctetString),
                         ("cipher", core.OctetString)]


def _on_curve(x: int, y: int) -> bool:
    return x < _P and y < _P and (y * y - (x * x * x + _A * x + _B)) % _P == 0


@dataclass(frozen=True)
class Sm2Public:
    """A public key; ``point`` is x and y, 32 bytes each. ``ValueError`` when off the curve."""

    point: bytes

    def __post_init__(self) -> None:
        x, y = (int.from_bytes(half, "big") for half in (self.point[:32], self.point[32:]))
        if len(self.point) != POINT_BYTES or not _on_curve(x, y):
            raise ValueError("not a point of the SM2 curve")

    @property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo in DER (RFC 5480, curve 1.2.156.10197.1.301)."""
        return _SPKI_HEAD + self.point

    @classmethod
    def from_spki(cls, der: bytes) -> Self:
        """Read :attr:`spki`; ``ValueError`` for any other key or form."""
        if not is_sm2_key(der):
            raise ValueError("not an SM2 public key")
        return cls(der[len(_SPKI_HEAD):])


def is_sm2_key(spki: bytes) -> bool:
    """Whether this SubjectPublicKeyInfo claims to be an SM2 key."""
    return spki.startswith(_SPKI_HEAD)


def is_signature(der: bytes) -> bool:
    """Whether this is DER of r and s, each within the order of the curve."""
    try:
        read = _Signature.load(der, strict=True)
        r, s = read["r"].native, read["s"].native
        same = bytes(_Signature({"r": r, "s": s}).dump()) == der
    except _ASN1_ERRORS:
        return False
    return same and 0 < r < _N and 0 < s < _N


def is_ciphertext(der: bytes) -> bool:
    """Whether this is DER of C1 (a point of the curve), C3 (32 bytes) and C2 (1 to 255 bytes)."""
    try:
        read = _Ciphertext.load(der, strict=True)
        values = {name: read[name].native for name in ("x", "y", "hash", "cipher")}
        same = bytes(_Ciphertext(values).dump()) == der
    except _ASN1_ERRORS:
        return False
    return (same and min(values["x"], values["y"]) >= 0 and _on_curve(values["x"], values["y"])
            and len(values["hash"]) == 32 and 1 <= len(values["cipher"]) <= MAX_PLAIN)
