"""X25519 keys of age: recipients (``age1...``) and identities (``AGE-SECRET-KEY-1...``)."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from field_app.crypto import bech32

KEY_BYTES = 32


@dataclass(frozen=True)
class Recipient:
    """A public key that objects are sealed to; ``raw`` is 32 bytes."""

    raw: bytes

    @classmethod
    def parse(cls, text: str) -> "Recipient":
        """Read ``age1...``; ``ValueError`` if it is not one."""
        raw = bech32.decode("age", text.strip())
        if len(raw) != KEY_BYTES:
            raise ValueError("an age recipient has 32 bytes")
        return cls(raw)

    def __str__(self) -> str:
        return bech32.encode("age", self.raw)

    def public_key(self) -> X25519PublicKey:
        return X25519PublicKey.from_public_bytes(self.raw)


class Identity:
    """A private key that opens objects. Its text never appears in ``repr``."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) != KEY_BYTES:
            raise ValueError("an age identity has 32 bytes")
        self._key = X25519PrivateKey.from_private_bytes(raw)

    @classmethod
    def generate(cls) -> "Identity":
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "Identity":
        """Read ``AGE-SECRET-KEY-1...`` (comment lines allowed); ``ValueError`` otherwise."""
        lines = [s for line in text.splitlines() if (s := line.strip()) and not s.startswith("#")]
        if len(lines) != 1:
            raise ValueError("one age identity expected")
        return cls(bech32.decode("age-secret-key-", lines[0]))

    def secret_text(self) -> str:
        """The identity's file form; whoever calls this owns keeping it secret."""
        return bech32.encode("age-secret-key-", self._key.private_bytes_raw()).upper()

    def secret_bytes(self) -> bytes:
        return self._key.private_bytes_raw()

    @property
    def recipient(self) -> Recipient:
        return Recipient(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def exchange(self, share: bytes) -> bytes:
        """Shared secret with a peer's 32-byte share; ``ValueError`` for low-order points."""
        return self._key.exchange(X25519PublicKey.from_public_bytes(share))
