"""An officer's SM2 keys: one signs, one opens, as every other kind of key does (``keys.py``)."""

from cryptography import x509

from field_app.credentials.keys import KeyGone
from field_app.crypto.gm.provider import GmProvider, Sm2Private
from field_app.crypto.gm.vault import open_layer


class GmKey:
    """Keys of one module with their certificates; ``encryption``: the key that opens.

    It is an ``OfficerKey``: :meth:`sign` makes SM2 over SM3 with the usual ID, as DER.
    """

    def __init__(self, provider: GmProvider, key: Sm2Private, certificate: x509.Certificate,
                 encryption: tuple[Sm2Private, x509.Certificate] | None = None) -> None:
        self._provider = provider
        self._key: Sm2Private | None = key
        self._certificate = certificate
        opens, self._encryption_certificate = encryption or (key, certificate)
        self._opens: Sm2Private | None = opens

    @property
    def provider(self) -> GmProvider:
        return self._provider

    @property
    def private(self) -> Sm2Private:
        """The module's handle of the key that signs; :class:`KeyGone`."""
        if self._key is None:
            raise KeyGone("the key was let go of")
        return self._key

    @property
    def private_opens(self) -> Sm2Private:
        """The module's handle of the key that opens; :class:`KeyGone`."""
        if self._opens is None:
            raise KeyGone("the key was let go of")
        return self._opens

    @property
    def certificate(self) -> x509.Certificate:
        return self._certificate

    @property
    def encryption_certificate(self) -> x509.Certificate:
        return self._encryption_certificate

    def sign(self, data: bytes) -> bytes:
        return self._provider.sign(self.private, data)

    def open(self, sealed: bytes, info: bytes) -> bytes:
        return open_layer(self._provider, self.private_opens, sealed, info)

    def forget(self) -> None:
        self._key = self._opens = None
