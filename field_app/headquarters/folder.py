"""How a headquarters folder is laid out, and how its keys and trust are read.

::

    keys/tls.crt, tls.key         the upload service's certificate chain and key (``intl-1`` only)
    keys/time.crt, time.key       the key that signs the time; left out where none was issued
    keys/signer.crt, signer.key   the key that signs receipts; the upload service never reads it
    keys/age.key or keys/sm2.key  the key that opens packages; the upload service never reads it
    trust/root.pem                the pinned root
    trust/bundle.json, .p7s       the newest trust bundle
    trust/tsa.pem                 roots (and CRLs) of the time-stamping authority, where there is one
    tsa.toml                      its address
    headquarters.toml             tables and bytes elsewhere; see :mod:`config`, left out by default
    data/hq.db                    tables; made again from packages when lost
    data/parts/, data/files/      what arrived: parts, and whole sealed files by hash
    data/packages/<id>/           accepted packages, each a complete case package
    data/quarantine/<id>/<rev>/   refused revisions with their reasons
    data/raised/<id>/             signed papers raised to B-LTA, sealed, each with its signed record
    data/heads/<device>/          time-stamped heads of the laptops' logs
    data/staging/                 work in progress; emptied at every start
"""

from dataclasses import dataclass
from pathlib import Path

from field_app.credentials.cms import certificate_pem, load_pem_certificate
from field_app.credentials.key_kinds import is_sm2
from field_app.credentials.key_places import Certificate
from field_app.credentials.keys import NotAKeyFile, SigningKey, SoftKey
from field_app.credentials.pem_keys import identity_name, load_pem_signer, private_pem, read_identity
from field_app.credentials.profile import fingerprint
from field_app.credentials.trust import BUNDLE_NAME, SIGNATURE_NAME, Trust, load_trust
from field_app.crypto.age_keys import Identity
from field_app.crypto.suite_keys import secret_text
from field_app.crypto.suites import INTL, AnyIdentity
from field_app.errors import FieldAppError


class HeadquartersIncomplete(FieldAppError):
    """The folder lacks a key or its trust; ``where`` names the file."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class NoNationalTls(FieldAppError):
    """A district of the national suite serves nothing: its certificates do not speak our TLS."""


@dataclass(frozen=True)
class HqFolder:
    """Places below ``root``."""

    root: Path

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def trust(self) -> Path:
        return self.root / "trust"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def database(self) -> Path:
        return self.data / "hq.db"

    @property
    def packages(self) -> Path:
        return self.data / "packages"

    @property
    def staging(self) -> Path:
        return self.data / "staging"

    def part(self, sha256: str) -> Path:
        return self.data / "parts" / sha256[:2] / sha256

    def file(self, sha256: str) -> Path:
        return self.data / "files" / sha256[:2] / f"{sha256}.age"

    def package(self, package: str) -> Path:
        return self.packages / package

    def quarantine(self, package: str, revision: int) -> Path:
        return self.data / "quarantine" / package / f"{revision:06d}"

    def raised(self, package: str, object_id: str) -> Path:
        """The sealed raised paper; its record lies beside it."""
        return self.data / "raised" / package / f"{object_id}.age"

    @property
    def heads(self) -> Path:
        return self.data / "heads"

    @property
    def tsa(self) -> Path:
        return self.root / "tsa.toml"

    @property
    def tsa_roots(self) -> Path:
        return self.trust / "tsa.pem"

    def make(self) -> "HqFolder":
        """Create the folders, readable by this user only."""
        for folder in (self.root, self.keys, self.trust, self.data, self.packages, self.staging):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise HeadquartersIncomplete(path.relative_to(self.root).as_posix()) from error

    def signer(self) -> SigningKey:
        """The key that signs receipts; :class:`HeadquartersIncomplete`."""
        try:
            return load_pem_signer(self._read(self.keys / "signer.crt"),
                                   self._read(self.keys / "signer.key"))
        except NotAKeyFile as error:
            raise HeadquartersIncomplete("keys/signer.key") from error

    def time_signer(self) -> SigningKey | None:
        """The key that signs the time, or None; :class:`HeadquartersIncomplete` when it is no key."""
        if not (self.keys / "time.key").exists():
            return None
        try:
            return load_pem_signer(self._read(self.keys / "time.crt"),
                                   self._read(self.keys / "time.key"))
        except NotAKeyFile as error:
            raise HeadquartersIncomplete("keys/time.key") from error

    def identity(self) -> AnyIdentity:
        """The key that opens packages; :class:`HeadquartersIncomplete`."""
        try:
            return read_identity(self.keys)
        except (OSError, ValueError) as error:
            raise HeadquartersIncomplete("keys/age.key, keys/sm2.key") from error

    def _root(self) -> Certificate:
        try:
            return load_pem_certificate(self._read(self.trust / "root.pem"))
        except ValueError as error:
            raise HeadquartersIncomplete("trust/root.pem") from error

    def check_tls(self) -> None:
        """Raises :class:`NoNationalTls` where nothing can be served; :class:`HeadquartersIncomplete`."""
        if is_sm2(self._root()):
            raise NoNationalTls("TLS speaks no SM2 here")

    @property
    def pin(self) -> str:
        """The hash of the pinned root; :class:`HeadquartersIncomplete`."""
        return fingerprint(self._root())

    def load_trust(self, *, current: Trust | None = None) -> Trust:
        """The bundle below the pinned root, which must not be older than ``current``.

        Raises :class:`HeadquartersIncomplete` or
        :class:`field_app.credentials.trust.TrustRefused`.
        """
        return load_trust(self.trust, pinned_root_sha256=self.pin, current=current)

    def bundle(self) -> tuple[bytes, bytes]:
        """The bundle's bytes and signature, to hand down to laptops."""
        return self._read(self.trust / BUNDLE_NAME), self._read(self.trust / SIGNATURE_NAME)


def _write_private(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)


def create_headquarters(root: Path, *, signer: SoftKey, tls: SoftKey, identity: Identity,
                        authorities: bytes, root_pem: bytes, bundle: tuple[bytes, bytes],
                        time: SoftKey | None = None) -> HqFolder:
    """Lay out a new headquarters folder.

    ``authorities``: PEM of the issuing authorities, sent along in TLS; ``bundle``: bytes and
    signature of the trust bundle.
    """
    folder = HqFolder(root).make()
    keys = [("signer", signer), ("tls", tls), *([("time", time)] if time is not None else [])]
    for stem, key in keys:
        _write_private(folder.keys / f"{stem}.key", private_pem(key))
        (folder.keys / f"{stem}.crt").write_bytes(certificate_pem(key.certificate) + authorities)
    _write_private(folder.keys / identity_name(INTL), secret_text(identity).encode("ascii") + b"\n")
    (folder.trust / "root.pem").write_bytes(root_pem)
    (folder.trust / BUNDLE_NAME).write_bytes(bundle[0])
    (folder.trust / SIGNATURE_NAME).write_bytes(bundle[1])
    return folder
