"""A laptop at unit level: header, trust, store and two sticks; no training world."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

from field_app.actions.context import AppContext, Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.unlock_card import CardAndPin
from field_app.credentials.certificate_file import write_certificate_file
from field_app.credentials.device import write_header
from field_app.credentials.key_file import encryption_file
from field_app.credentials.keys import SoftKey
from field_app.credentials.p256_issuing import encryption_key_file, key_file
from field_app.credentials.trust import BUNDLE_NAME, SIGNATURE_NAME
from field_app.domain.clock import Moment
from field_app.paths import DataFolder
from field_app.storage import events
from tests.unit.credentials import forge
from tests.unit.credentials.conftest import NOW, District, make_district

PIN, ROUNDS = "演练-246810", 2048
DAY = timedelta(days=1)


@dataclass
class SetClock:
    """A clock that stands where a trial sets it."""

    wall: datetime = NOW

    def now(self) -> Moment:
        return Moment(self.wall, 1000, "boot")


def p12(key: object, certificate: object, beside: list[x509.Certificate] | None = None) -> bytes:
    """A PKCS#12 file of whatever key and certificate, and of certificates ``beside`` them."""
    protection = (PrivateFormat.PKCS12.encryption_builder().kdf_rounds(ROUNDS)
                  .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
                  .hmac_hash(hashes.SHA256()).build(PIN.encode()))
    return pkcs12.serialize_key_and_certificates(
        b"x", key, certificate, beside, protection)  # type: ignore[arg-type]


@dataclass
class Laptop:
    """A folder with header, trust, store and two officers' sticks."""

    root: Path
    home: District
    a: SoftKey
    b: SoftKey
    clock: SetClock

    @property
    def context(self) -> AppContext:
        return AppContext(self.clock, DataFolder(self.root / "data"))

    @property
    def data(self) -> DataFolder:
        return self.context.data

    def card(self, name: str, pin: str = PIN) -> CardAndPin:
        return CardAndPin(self.root / "cards" / f"{name}.p12", pin)

    def both(self) -> tuple[CardAndPin, CardAndPin]:
        return self.card("a"), self.card("b")

    def trusts(self, pair: tuple[bytes, bytes]) -> None:
        (self.data.trust / BUNDLE_NAME).write_bytes(pair[0])
        (self.data.trust / SIGNATURE_NAME).write_bytes(pair[1])

    def new_bundle(self) -> tuple[bytes, bytes]:
        return forge.bundle(self.home.authority, self.home.hq,
                            change=lambda raw: raw["agency"].update(training=True))

    def log_in(self) -> Session:
        return log_in(self.context, *self.both())

    def shift(self) -> None:
        """Two log in and out again."""
        log_out(self.log_in())

    def found(self) -> list[str]:
        """The kinds of the newest login and what it noted."""
        with self.open() as session, session.begin() as tx:
            last = events.last_login_before(tx, events.head(tx).seq)
            return [str(e.members()["typ"]) for e in events.since(tx, last - 1)]

    @contextmanager
    def open(self) -> Iterator[Session]:
        session = self.log_in()
        yield session
        log_out(session)


def make_laptop(root: Path) -> Laptop:
    """A laptop that was worked on once, with two sticks."""
    home = make_district()
    a, b = home.officer("张喆堃", "A-1"), home.officer("李㙦", "A-2")
    laptop = Laptop(root, home, a, b, SetClock())
    laptop.data.make()
    (root / "cards").mkdir()
    write_header(laptop.data.device_header, home.header(a, b))
    for name, key in (("a", a), ("b", b)):
        path = laptop.card(name).place
        assert isinstance(path, Path)
        path.write_bytes(key_file(key, PIN, rounds=ROUNDS))
        encryption_file(path).write_bytes(encryption_key_file(key, PIN, rounds=ROUNDS))
        write_certificate_file(path.with_suffix(".cer"), key.certificate)
    laptop.trusts(laptop.new_bundle())
    laptop.shift()
    return laptop
